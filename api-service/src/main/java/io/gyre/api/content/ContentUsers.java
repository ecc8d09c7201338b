package io.gyre.api.content;

import io.gyre.api.deployment.Halts;
import io.gyre.model.ContentRef;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.store.ContentUse;
import io.gyre.store.StateReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What new versions of configs and secrets mean for the deployments that use them. */
public final class ContentUsers {
  private ContentUsers() {}

  /**
   * A user of something that changes.
   *
   * @param after with a new revision where it pins what changes, else the same as before
   * @param reason for users to read
   */
  public record User(DesiredDeployment before, DesiredDeployment after, String reason) {
    public boolean rolls() {
      return after.revision() != before.revision();
    }
  }

  /** Whose wanted revision uses it. */
  public static List<DeploymentKey> of(StateReader state, String namespace, ContentRef content) {
    return state.uses(namespace, content).stream()
        .filter(ContentUse::wanted)
        .map(ContentUse::deployment)
        .distinct()
        .toList();
  }

  /**
   * All users of what changes.
   *
   * @param except who is planned otherwise
   */
  public static List<User> affected(
      StateReader state,
      ContentState contents,
      Set<DeploymentKey> except,
      String correlation,
      Instant now) {
    Set<DeploymentKey> keys = new LinkedHashSet<>();
    for (ContentState.Place place : contents.changed()) {
      keys.addAll(of(state, place.namespace(), place.content()));
    }
    keys.removeAll(except);
    List<User> users = new ArrayList<>();
    for (DeploymentKey key : keys) {
      state
          .deployment(key)
          .map(found -> Halts.takenIn(state, found))
          .ifPresent(before -> users.add(user(state, contents, before, correlation, now)));
    }
    return users;
  }

  private static User user(
      StateReader state,
      ContentState contents,
      DesiredDeployment before,
      String correlation,
      Instant now) {
    String namespace = before.key().namespace();
    DeploymentSpec spec = contents.pinned(namespace, before.spec());
    if (spec.equals(before.spec())) {
      return new User(before, before, unpinned(contents, before));
    }
    long greatest =
        state.revisions(before.key()).stream().mapToLong(each -> each.revision()).max().orElse(0);
    DesiredDeployment after =
        before
            .running(Math.max(greatest, before.revision()) + 1, spec)
            .changed(before.generation() + 1, now, correlation);
    return new User(before, after, versions(before.spec(), spec));
  }

  /** As in {@code config app: version 3 -> 4}; empty where all versions are the same. */
  public static String versions(DeploymentSpec before, DeploymentSpec after) {
    return after.used().stream()
        .filter(content -> before.used().contains(content))
        .filter(content -> before.version(content) != after.version(content))
        .filter(content -> before.pins(content) && after.pins(content))
        .map(
            content ->
                content + ": version " + before.version(content) + " -> " + after.version(content))
        .collect(Collectors.joining(", "));
  }

  private static String unpinned(ContentState contents, DesiredDeployment deployment) {
    String namespace = deployment.key().namespace();
    String what =
        deployment.spec().used().stream()
            .filter(content -> contents.isChanged(namespace, content))
            .map(ContentRef::toString)
            .collect(Collectors.joining(", "));
    return switch (deployment.spec().onContentChange()) {
      case ROLL -> what + " changed";
      case SIGNAL ->
          what
              + " changed; its files are replaced, then its instances get SIG"
              + deployment.spec().contents().signal();
      case NONE -> what + " changed; instances take it at their next start";
    };
  }
}
