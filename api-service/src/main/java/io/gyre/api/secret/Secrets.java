package io.gyre.api.secret;

import io.gyre.api.content.ContentRollout;
import io.gyre.api.content.ContentState;
import io.gyre.api.content.ContentUsers;
import io.gyre.api.deployment.Announcer;
import io.gyre.api.http.Call;
import io.gyre.api.problem.StatusException;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ContentRef;
import io.gyre.model.ErrorKind;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.model.Names;
import io.gyre.store.DesiredTx;
import io.gyre.store.SecretRecord;
import io.gyre.store.SecretTx;
import io.gyre.store.SecretVersion;
import io.gyre.store.Store;
import io.gyre.vault.SealContext;
import io.gyre.vault.SecretEntries;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Changes secrets. Each change is one transaction, is on the disk when it returns, and is recorded
 * with who asked for it and which keys it touched, never a value.
 */
public final class Secrets {
  private final Store store;
  private final Seals seals;
  private final Announcer announcer;
  private final Clock clock;

  public Secrets(Store store, Seals seals, Announcer announcer, Clock clock) {
    this.announcer = announcer;
    this.store = store;
    this.seals = seals;
    this.clock = clock;
  }

  static GyreException notFound(String namespace, String name) {
    return GyreException.notFound(
        "secret", namespace + "/" + name, "see what there is: gyre secret list -A");
  }

  /** Makes a secret. */
  SecretVersion create(String namespace, String name, Map<String, byte[]> entries, Call call) {
    requireName("namespace", namespace);
    requireName("secret", name);
    if (entries.isEmpty()) {
      throw Call.badField("secret.empty", "entries", "a secret has at least one entry");
    }
    return transact(
        call,
        tx -> {
          if (tx.secrets().secret(namespace, name).isPresent()) {
            throw new GyreException(
                ErrorKind.ALREADY_EXISTS,
                "secret.exists",
                "there is a secret " + namespace + "/" + name + " already",
                "change it: gyre secret set " + name);
          }
          return add(tx, namespace, name, entries, "create", "keys " + entries.keySet(), call);
        });
  }

  /**
   * Changes the entries of a secret; where that makes no difference, nothing is done.
   *
   * @param merge whether entries that aren't named stay
   * @param removed keys to remove, with {@code merge}
   * @param ifMatch its version as the caller knows it, null: any
   */
  SecretVersion change(
      String namespace,
      String name,
      Map<String, byte[]> entries,
      List<String> removed,
      boolean merge,
      @Nullable String ifMatch,
      Call call) {
    return transact(
        call,
        tx -> {
          SecretVersion before = require(tx.secrets(), namespace, name, ifMatch);
          Map<String, byte[]> after = new TreeMap<>(merge ? open(tx.secrets(), before) : Map.of());
          after.putAll(entries);
          removed.forEach(after::remove);
          if (after.isEmpty()) {
            throw Call.badField("secret.empty", "entries", "a secret has at least one entry");
          }
          NewEntries.check(after);
          TreeSet<String> touched = new TreeSet<>(entries.keySet());
          touched.addAll(removed);
          return digest(tx, namespace, name, after).equals(before.digest())
              ? Outcome.unchanged(before)
              : add(tx, namespace, name, after, "update", "keys " + touched, call);
        });
  }

  /** Makes a new version with the entries of an old one. */
  SecretVersion rollback(
      String namespace, String name, long version, @Nullable String ifMatch, Call call) {
    return transact(
        call,
        tx -> {
          SecretVersion before = require(tx.secrets(), namespace, name, ifMatch);
          SecretVersion old =
              tx.secrets()
                  .secretVersion(namespace, name, version)
                  .orElseThrow(
                      () ->
                          GyreException.notFound(
                              "version",
                              version + " of secret " + namespace + "/" + name,
                              "see what there is: gyre secret versions " + name));
          return old.digest().equals(before.digest())
              ? Outcome.unchanged(before)
              : add(
                  tx,
                  namespace,
                  name,
                  open(tx.secrets(), old),
                  "rollback",
                  "to version " + version,
                  call);
        });
  }

  void delete(String namespace, String name, @Nullable String ifMatch, Call call) {
    store
        .desired()
        .run(
            tx -> {
              SecretVersion before = require(tx.secrets(), namespace, name, ifMatch);
              ContentRollout.requireUnused(tx, namespace, ContentRef.secret(name));
              var _ = tx.secrets().deleteSecret(namespace, name);
              record(tx, namespace, "delete", name, before.version(), "", call);
            });
  }

  private interface Work {
    Outcome in(DesiredTx tx);
  }

  /** Users is who is to be told. */
  private record Outcome(SecretVersion version, List<ContentUsers.User> users) {
    static Outcome unchanged(SecretVersion version) {
      return new Outcome(version, List.of());
    }
  }

  private SecretVersion transact(Call call, Work work) {
    Outcome done = store.desired().transact(work::in);
    Failpoints.hit("api.secret.committed");
    ContentRollout.announce(announcer, done.users(), call);
    return done.version();
  }

  private Outcome add(
      DesiredTx tx,
      String namespace,
      String name,
      Map<String, byte[]> entries,
      String verb,
      String detail,
      Call call) {
    SecretTx secrets = tx.secrets();
    SecretVersion version =
        new SecretVersion(
            namespace,
            name,
            secrets.nextSecretVersion(namespace, name),
            List.copyOf(new TreeSet<>(entries.keySet())),
            digest(tx, namespace, name, entries),
            now(),
            call.correlation(),
            call.actor());
    secrets.addSecretVersion(
        version, seals.seal(secrets, version.sealed(), SecretEntries.encode(entries)));
    record(tx, namespace, verb, name, version.version(), detail, call);
    ContentState contents = new ContentState(tx);
    contents.changes(namespace, ContentRef.secret(name), version.version(), entries.keySet());
    return new Outcome(version, ContentRollout.write(tx, contents, call, now()));
  }

  private Map<String, byte[]> open(SecretTx secrets, SecretVersion version) {
    return SecretEntries.decode(
        seals
            .open(secrets, version.sealed())
            .orElseThrow(() -> notFound(version.namespace(), version.name())));
  }

  private String digest(DesiredTx tx, String namespace, String name, Map<String, byte[]> entries) {
    return seals
        .digest(tx.secrets())
        .of(SealContext.of(SecretVersion.PURPOSE, namespace, name), SecretEntries.encode(entries));
  }

  private static SecretVersion require(
      SecretTx secrets, String namespace, String name, @Nullable String ifMatch) {
    SecretRecord secret =
        secrets.secret(namespace, name).orElseThrow(() -> notFound(namespace, name));
    if (ifMatch != null
        && !ifMatch.strip().equals("*")
        && !ifMatch.strip().replace("\"", "").equals(Long.toString(secret.version()))) {
      throw new StatusException(
          412,
          "secret.version_mismatch",
          "secret "
              + namespace
              + "/"
              + name
              + " is at version "
              + secret.version()
              + " by now, not "
              + ifMatch.strip(),
          "look at what changed: gyre secret versions " + name);
    }
    return secrets
        .secretVersion(namespace, name, secret.version())
        .orElseThrow(() -> notFound(namespace, name));
  }

  private static void requireName(String what, String name) {
    if (!Names.valid(name)) {
      throw Call.badField(what + ".name.invalid", "name", "must be a name: " + Names.RULE);
    }
  }

  private void record(
      DesiredTx tx,
      String namespace,
      String verb,
      String name,
      long version,
      String detail,
      Call call) {
    var _ =
        tx.recordChange(
            new ChangeRecord(
                0,
                now(),
                call.actor(),
                verb,
                namespace,
                null,
                0,
                "secret " + name + ", version " + version + (detail.isEmpty() ? "" : ": " + detail),
                call.correlation()));
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
