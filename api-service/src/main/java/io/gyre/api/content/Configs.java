package io.gyre.api.content;

import io.gyre.api.deployment.Announcer;
import io.gyre.api.http.Call;
import io.gyre.api.problem.StatusException;
import io.gyre.manifest.ConfigRules;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ContentRef;
import io.gyre.model.ErrorKind;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.model.Names;
import io.gyre.model.Violation;
import io.gyre.store.ConfigRecord;
import io.gyre.store.ConfigVersion;
import io.gyre.store.DesiredTx;
import io.gyre.store.Store;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Changes of single configs. Each is durable when its method returns, and announced then. */
public final class Configs {
  private final Store store;
  private final Announcer announcer;
  private final Clock clock;

  public Configs(Store store, Announcer announcer, Clock clock) {
    this.store = store;
    this.announcer = announcer;
    this.clock = clock;
  }

  /**
   * What became of a config.
   *
   * @param changed whether it has a new version or other labels
   */
  record Outcome(
      ConfigRecord config, boolean created, boolean changed, List<ContentUsers.User> users) {}

  /** What it is to be. */
  record Content(Map<String, String> data, @Nullable Map<String, String> labels) {}

  /**
   * Makes it, or gives it another version.
   *
   * @param mustBeNew whether it is refused where it exists
   */
  Outcome put(
      String namespace,
      String name,
      Content content,
      boolean mustBeNew,
      @Nullable String ifMatch,
      Call call) {
    List<Violation> problems = new ArrayList<>(ConfigRules.check(content.data()));
    if (!Names.valid(name) || !Names.valid(namespace)) {
      problems.add(
          new Violation(
              "config.name.invalid", "name", "must be a name: " + Names.RULE, null, 0, 0));
    }
    if (!problems.isEmpty()) {
      throw GyreException.invalid("config.invalid", problems);
    }
    return write(
        namespace,
        name,
        ifMatch,
        call,
        tx -> {
          if (mustBeNew && tx.configRecord(namespace, name).isPresent()) {
            throw new GyreException(
                ErrorKind.ALREADY_EXISTS,
                "config.exists",
                "the config " + name + " exists already in the namespace " + namespace,
                "gyre create config " + name + " --replace gives it another version");
          }
          return content;
        });
  }

  /** Makes an old version the newest, as a version of its own. */
  Outcome rollBack(
      String namespace, String name, long version, @Nullable String ifMatch, Call call) {
    return write(
        namespace,
        name,
        ifMatch,
        call,
        tx -> {
          if (tx.configRecord(namespace, name).isEmpty()) {
            throw notFound(namespace, name);
          }
          ConfigVersion old =
              tx.configVersion(namespace, name, version)
                  .orElseThrow(
                      () ->
                          GyreException.notFound(
                              "version",
                              version + " of config " + namespace + "/" + name,
                              "see what is kept: gyre describe config " + name));
          return new Content(old.entries(), null);
        });
  }

  private Outcome write(
      String namespace,
      String name,
      @Nullable String ifMatch,
      Call call,
      Function<DesiredTx, Content> decide) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    Outcome outcome =
        store
            .desired()
            .transact(
                tx -> {
                  Optional<ConfigRecord> before = tx.configRecord(namespace, name);
                  requireMatch(namespace, name, before, ifMatch);
                  return write(tx, namespace, name, before, decide.apply(tx), call, now);
                });
    Failpoints.hit("api.content.committed");
    ContentRollout.announce(announcer, outcome.users(), call);
    return outcome;
  }

  private static Outcome write(
      DesiredTx tx,
      String namespace,
      String name,
      Optional<ConfigRecord> before,
      Content content,
      Call call,
      Instant now) {
    Map<String, String> labels =
        content.labels() != null
            ? content.labels()
            : before.map(ConfigRecord::labels).orElse(Map.of());
    boolean newVersion = before.isEmpty() || !before.get().entries().equals(content.data());
    boolean changed = newVersion || !before.get().labels().equals(labels);
    List<ContentUsers.User> users = List.of();
    if (newVersion) {
      ContentState contents = new ContentState(tx);
      contents.changes(
          namespace,
          ContentRef.config(name),
          tx.nextConfigVersion(namespace, name),
          content.data().keySet());
      tx.putConfig(namespace, name, content.data(), labels, call.correlation(), call.actor());
      users = ContentRollout.write(tx, contents, call, now);
    } else if (changed) {
      tx.putConfig(namespace, name, content.data(), labels, call.correlation(), call.actor());
    }
    ConfigRecord after = tx.configRecord(namespace, name).orElseThrow();
    if (changed) {
      record(
          tx,
          call,
          now,
          before.isEmpty() ? "create" : "update",
          namespace,
          "config " + name + ": version " + after.version());
    }
    return new Outcome(after, before.isEmpty(), changed, users);
  }

  void delete(String namespace, String name, @Nullable String ifMatch, Call call) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    store
        .desired()
        .run(
            tx -> {
              Optional<ConfigRecord> before = tx.configRecord(namespace, name);
              if (before.isEmpty()) {
                throw notFound(namespace, name);
              }
              requireMatch(namespace, name, before, ifMatch);
              ContentRollout.requireUnused(tx, namespace, ContentRef.config(name));
              tx.deleteConfig(namespace, name);
              record(tx, call, now, "delete", namespace, "config " + name);
            });
  }

  static GyreException notFound(String namespace, String name) {
    return GyreException.notFound(
        "config", namespace + "/" + name, "see what there is: gyre get configs -A");
  }

  private static void requireMatch(
      String namespace, String name, Optional<ConfigRecord> config, @Nullable String ifMatch) {
    if (ifMatch == null || ifMatch.strip().equals("*")) {
      return;
    }
    String current = config.map(each -> "\"" + each.version() + "\"").orElse("none");
    if (!ifMatch.strip().equals(current)) {
      throw new StatusException(
          412,
          "config.version_mismatch",
          "the config " + namespace + "/" + name + " is at version " + current + ", not " + ifMatch,
          "read it again, then decide again");
    }
  }

  private static void record(
      DesiredTx tx, Call call, Instant now, String verb, String namespace, String detail) {
    var _ =
        tx.recordChange(
            new ChangeRecord(
                0, now, call.actor(), verb, namespace, null, 0, detail, call.correlation()));
  }
}
