package io.gyre.api.content;

import io.gyre.api.deployment.Announcer;
import io.gyre.api.http.Call;
import io.gyre.messages.Message.RegistryLoginChanged;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ContentRef;
import io.gyre.model.Contents;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import io.gyre.store.DesiredTx;
import io.gyre.store.StateReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Brings new versions of configs and secrets to their users, where no manifest is applied. */
public final class ContentRollout {
  private ContentRollout() {}

  /**
   * Writes what the new versions mean, in the transaction that makes them.
   *
   * @return all users, for {@link #announce}
   * @throws GyreException {@code CODE.in_use} where a user needs an entry that is no more
   */
  public static List<ContentUsers.User> write(
      DesiredTx tx, ContentState contents, Call call, Instant now) {
    List<ContentUsers.User> users =
        ContentUsers.affected(tx, contents, Set.of(), call.correlation(), now);
    List<Violation> violations = lacks(contents, users);
    if (!violations.isEmpty()) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          violations.getFirst().code(),
          violations.getFirst().message(),
          "change those deployments first, or keep the entry",
          violations,
          null);
    }
    for (ContentUsers.User user : users) {
      if (user.rolls()) {
        DesiredDeployment after = user.after();
        tx.addRevision(
            after.key(), after.revision(), after.spec(), call.correlation(), call.actor());
        tx.putDeployment(after);
        var _ =
            tx.recordChange(
                new ChangeRecord(
                    0,
                    now,
                    call.actor(),
                    "update",
                    after.key().namespace(),
                    after.key().name(),
                    after.generation(),
                    "revision " + after.revision() + "; " + user.reason(),
                    call.correlation()));
      }
    }
    return users;
  }

  /** What the users need and the new versions don't have. */
  public static List<Violation> lacks(ContentState contents, List<ContentUsers.User> users) {
    List<Violation> violations = new ArrayList<>();
    for (ContentUsers.User user : users) {
      DeploymentKey key = user.before().key();
      ContentCheck.problems(contents, key.namespace(), user.after().spec()).stream()
          .filter(problem -> contents.isChanged(key.namespace(), problem.content()))
          .forEach(
              problem ->
                  violations.add(
                      new Violation(
                          problem.content().kind().id() + ".in_use",
                          problem.content().kind().id() + "s." + problem.content().name(),
                          key + " uses it in " + problem.path() + ": " + problem.message(),
                          null,
                          0,
                          0)));
    }
    return violations;
  }

  /**
   * Refuses while something uses it.
   *
   * @throws GyreException {@code config.in_use} or {@code secret.in_use}, naming the users
   */
  public static void requireUnused(StateReader state, String namespace, ContentRef content) {
    List<DeploymentKey> users = ContentUsers.of(state, namespace, content);
    if (!users.isEmpty()) {
      String names =
          String.join(", ", users.stream().limit(20).map(DeploymentKey::toString).toList());
      throw new GyreException(
          ErrorKind.CONFLICT,
          content.kind().id() + ".in_use",
          "the "
              + content
              + " is used by "
              + names
              + (users.size() > 20 ? " and " + (users.size() - 20) + " more" : ""),
          "delete those, or apply them without it");
    }
  }

  /** Tells the others, once all of it is committed. */
  public static void announce(Announcer announcer, List<ContentUsers.User> users, Call call) {
    for (ContentUsers.User user : users) {
      DesiredDeployment after = user.after();
      if (user.rolls()) {
        announcer.changed(after.key(), after.generation(), call.correlation());
      } else if (after.spec().onContentChange() == Contents.OnChange.SIGNAL) {
        announcer.contentChanged(after.key(), call.correlation());
      }
      if (!after.spec().pulledWith().isEmpty()) {
        // Where that gets lost, the next try of a start comes within a minute.
        var _ = announcer.publish(new RegistryLoginChanged(after.key()), call.correlation());
      }
    }
  }

  /** At start: tells of what was committed when this process ended before it could tell. */
  public static void announceUnseen(StateReader state, Announcer announcer) {
    state.unpinnedUsers().forEach(key -> announcer.contentChanged(key, ""));
  }
}
