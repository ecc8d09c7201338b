package io.gyre.api.content;

import io.gyre.api.deployment.Announcer;
import io.gyre.api.http.Call;
import io.gyre.api.problem.StatusException;
import io.gyre.manifest.ConfigRules;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ConfigContent;
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
  record Content(ConfigContent entries, @Nullable Map<String, String> labels) {}

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
    List<Violation> problems = new ArrayList<>(ConfigRules.check(content.entries()));
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
          return new Content(ConfigRules.normal(content.entries()), content.labels());
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
          return new Content(old.content(), null);
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
    ConfigSet set = new ConfigSet(namespace, tx.configs(namespace));
    set.put(name, content.entries());
    Map<String, ConfigContent> contents = set.render().orRefused(namespace);
    ContentState state = new ContentState(tx);
    boolean changed = false;
    for (Map.Entry<String, ConfigContent> each : contents.entrySet()) {
      boolean itself = each.getKey().equals(name);
      Optional<ConfigRecord> old = itself ? before : tx.configRecord(namespace, each.getKey());
      Map<String, String> kept = old.map(ConfigRecord::labels).orElse(Map.of());
      boolean same =
          old.isPresent()
              && old.get().content().equals(each.getValue())
              && (!itself || kept.equals(labels));
      if (same) {
        continue;
      }
      changed = true;
      if (old.isEmpty() || !old.get().content().sameEntries(each.getValue())) {
        long version = tx.nextConfigVersion(namespace, each.getKey());
        state.changes(namespace, each.getKey(), version, each.getValue());
      }
      long version =
          tx.putConfig(
              namespace,
              each.getKey(),
              each.getValue(),
              itself ? labels : kept,
              call.correlation(),
              call.actor());
      record(
          tx,
          call,
          now,
          old.isEmpty() ? "create" : "update",
          namespace,
          "config "
              + each.getKey()
              + ": version "
              + version
              + (itself ? "" : "; it refers to config " + name));
    }
    List<ContentUsers.User> users =
        changed ? ContentRollout.write(tx, state, call, now) : List.of();
    ConfigRecord after = tx.configRecord(namespace, name).orElseThrow();
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
              ConfigSet set = new ConfigSet(namespace, tx.configs(namespace));
              set.remove(name);
              var _ = set.render().orRefused(namespace);
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
