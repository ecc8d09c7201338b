package io.gyre.api.identity;

import io.gyre.api.auth.Access;
import io.gyre.api.auth.Authority;
import io.gyre.api.auth.Grants;
import io.gyre.api.http.Call;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Names;
import io.gyre.store.DesiredTx;
import io.gyre.store.IdentityState;
import io.gyre.store.IdentityTx;
import io.gyre.store.Store;
import io.gyre.store.UserRecord;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Changes users. What they may do changes at once. */
public final class Users {
  private final Store store;
  private final Authority authority;
  private final Passwords passwords;
  private final Logins logins;
  private final Clock clock;

  public Users(Store store, Authority authority, Passwords passwords, Logins logins, Clock clock) {
    this.store = store;
    this.authority = authority;
    this.passwords = passwords;
    this.logins = logins;
    this.clock = clock;
  }

  /**
   * @param password null: none, so that nobody can log in with one
   */
  UserRecord create(
      @Nullable String name,
      @Nullable String password,
      @Nullable List<@Nullable String> roles,
      Access access,
      Call call) {
    if (name == null || !Names.valid(name)) {
      throw Call.badField("user.name.invalid", "name", "must be a name: " + Names.RULE);
    }
    refuseKnown(name);
    String hash = password == null ? null : passwords.hash(name, password);
    UserRecord created =
        store
            .desired()
            .transact(
                tx -> {
                  IdentityTx identities = tx.identities();
                  if (identities.user(name).isPresent()) {
                    throw exists(name);
                  }
                  List<String> grants = Grants.checked(identities, roles);
                  Grants.requireCovered(identities, grants, access);
                  UserRecord user = new UserRecord(name, hash, grants, now(), null);
                  identities.putUser(user);
                  record(tx, call, "create", name, "roles " + grants);
                  return user;
                });
    authority.changed();
    return created;
  }

  /** Before its password is hashed, which takes a while. */
  private void refuseKnown(String name) {
    if (store.identities(state -> state.user(name)).isPresent()) {
      throw exists(name);
    }
  }

  private static GyreException exists(String name) {
    return new GyreException(
        ErrorKind.ALREADY_EXISTS, "user.exists", "the user " + name + " exists already", null);
  }

  /** With his tokens and sessions. */
  void delete(String name, Call call) {
    store
        .desired()
        .run(
            tx -> {
              IdentityTx identities = tx.identities();
              UserRecord user = find(identities, name);
              boolean _ = identities.deleteUser(name);
              if (Grants.isAdmin(user)) {
                requireAdmin(identities, name);
              }
              record(tx, call, "delete", name, "with tokens and sessions");
            });
    authority.changed();
  }

  /** Replaces all roles, and ends all sessions of the user. */
  UserRecord roles(String name, @Nullable List<@Nullable String> roles, Access access, Call call) {
    return change(
        name,
        "",
        (tx, user) -> {
          IdentityTx identities = tx.identities();
          List<String> grants = Grants.checked(identities, roles);
          Grants.requireCovered(identities, grants, access);
          UserRecord after = user.withGrants(grants);
          identities.putUser(after);
          if (Grants.isAdmin(user) && !Grants.isAdmin(after)) {
            requireAdmin(identities, name);
          }
          record(tx, call, "update", name, "roles " + user.grants() + " -> " + grants);
          return after;
        });
  }

  /**
   * Sets a password. Who sets his own says the one before; who sets another's must have all rights
   * that the other has, for he could log in as him. All sessions end but the one that asks.
   */
  void password(
      String name, @Nullable String password, @Nullable String current, Access access, Call call) {
    boolean own = access.caller().session() != null && name.equals(access.caller().user());
    if (own) {
      logins.require(name, current == null ? "" : current, access.identity().address());
    } else {
      access.requireOnHost("users:write");
      UserRecord _ = store.identities(state -> find(state, name));
    }
    String hash = passwords.hash(name, password);
    String kept = own ? access.sessionHash() : "";
    UserRecord _ =
        change(
            name,
            kept,
            (tx, user) -> {
              IdentityTx identities = tx.identities();
              if (!own) {
                Grants.requireCovered(identities, user.grants(), access);
              }
              UserRecord after = user.withPassword(hash);
              identities.putUser(after);
              identities.forgetLoginFailures(Lockout.USER.kind(), name);
              record(tx, call, "update", name, "password");
              return after;
            });
  }

  /** Forgets failed logins. */
  void unlock(String name, Call call) {
    store
        .desired()
        .run(
            tx -> {
              UserRecord _ = find(tx.identities(), name);
              tx.identities().forgetLoginFailures(Lockout.USER.kind(), name);
              record(tx, call, "update", name, "unlocked");
            });
  }

  private interface Change {
    UserRecord make(DesiredTx tx, UserRecord user);
  }

  private UserRecord change(String name, String keptSession, Change change) {
    Function<DesiredTx, UserRecord> work =
        tx -> {
          UserRecord after = change.make(tx, find(tx.identities(), name));
          int _ = tx.identities().deleteSessions(name, keptSession);
          return after;
        };
    UserRecord after = store.desired().transact(work);
    authority.changed();
    return after;
  }

  private static void requireAdmin(IdentityState state, String name) {
    if (state.users().stream().noneMatch(Grants::isAdmin)) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          "user.last_admin",
          name + " is the last user who is an admin",
          "make somebody else one first: gyre user roles NAME admin");
    }
  }

  static UserRecord find(IdentityState state, String name) {
    return state.user(name).orElseThrow(() -> notFound(name));
  }

  static GyreException notFound(String name) {
    return GyreException.notFound("user", name, "see who there is: gyre user list");
  }

  private void record(DesiredTx tx, Call call, String verb, String name, String detail) {
    ChangeLog.record(tx, now(), call, verb, "user " + name + ": " + detail);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
