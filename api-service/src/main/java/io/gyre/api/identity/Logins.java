package io.gyre.api.identity;

import io.gyre.api.auth.Authority;
import io.gyre.api.auth.Secret;
import io.gyre.api.http.Peer;
import io.gyre.api.problem.StatusException;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.store.DesiredTx;
import io.gyre.store.IdentityState;
import io.gyre.store.IdentityTx;
import io.gyre.store.LoginFailures;
import io.gyre.store.SessionRecord;
import io.gyre.store.Store;
import io.gyre.store.UserRecord;
import io.gyre.vault.Argon2id;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Exchanges passwords for sessions. One password is looked at at a time, and its failure is on the
 * disk before the next one is looked at, so that neither many at once nor a restart gives anybody
 * more tries. A user that isn't there costs the same and is answered the same.
 */
public final class Logins {
  private static final Logger log = LoggerFactory.getLogger(Logins.class);
  private static final int WAITING = 16;
  private static final int SESSIONS_OF_A_USER = 20;
  private static final int KEPT_FAILURES = 10_000;
  private static final int MAX_NAME = 63;

  private final Store store;
  private final Authority authority;
  private final Passwords passwords;
  private final Clock clock;
  private final Semaphore waiting = new Semaphore(WAITING);
  private final ReentrantLock turn = new ReentrantLock(true);

  public Logins(Store store, Authority authority, Passwords passwords, Clock clock) {
    this.store = store;
    this.authority = authority;
    this.passwords = passwords;
    this.clock = clock;
  }

  /** A session's secret, which is never told again. */
  record Opened(String secret, SessionRecord session) {}

  /**
   * @throws GyreException {@code login.refused}, {@code login.busy}
   * @throws StatusException 429 while the user or the address is locked
   */
  Opened login(String user, String password, String address) {
    return inTurn(
        user,
        address,
        () -> {
          UserRecord known = verified(user, password, address);
          Instant now = now();
          String secret = Secret.newSession();
          SessionRecord session =
              new SessionRecord(
                  Secret.sha256(secret), user, address, now, now, now.plus(Authority.SESSION));
          String better = rehashed(known, password);
          store.desired().run(tx -> open(tx, known, session, better));
          return new Opened(secret, session);
        });
  }

  /**
   * Looks at a password for another end than a session.
   *
   * @throws GyreException as {@link #login}
   */
  void require(String user, String password, String address) {
    UserRecord _ = inTurn(user, address, () -> verified(user, password, address));
  }

  private interface Work<T> {
    T run();
  }

  private <T> T inTurn(String user, String address, Work<T> work) {
    refuseLocked(user, address);
    if (!waiting.tryAcquire()) {
      throw new GyreException(
          ErrorKind.EXHAUSTED, "login.busy", "too many logins at once", "try again in a moment");
    }
    try {
      turn.lock();
      try {
        // Others may have failed meanwhile.
        refuseLocked(user, address);
        return work.run();
      } finally {
        turn.unlock();
      }
    } finally {
      waiting.release();
    }
  }

  private void refuseLocked(String user, String address) {
    Instant now = now();
    Duration left =
        store.identities(
            state -> {
              Duration ofUser =
                  Lockout.left(
                      state.loginFailures(kind(state, user).kind(), cut(user)).orElse(null), now);
              Duration ofAddress =
                  Lockout.left(
                      state
                          .loginFailures(Lockout.ADDRESS.kind(), Peer.network(address))
                          .orElse(null),
                      now);
              return ofUser.compareTo(ofAddress) > 0 ? ofUser : ofAddress;
            });
    if (!left.isZero()) {
      long seconds = left.plusMillis(999).toSeconds();
      throw new StatusException(
          429,
          "login.locked",
          "too many failed logins: locked for another " + seconds + " s",
          "wait; on the host itself root can use the Unix-domain socket meanwhile",
          Map.of("Retry-After", String.valueOf(seconds)));
    }
  }

  private static Lockout kind(IdentityState state, String user) {
    return state.user(user).isPresent() ? Lockout.USER : Lockout.UNKNOWN;
  }

  private UserRecord verified(String user, String password, String address) {
    Optional<UserRecord> known = store.identities(state -> state.user(user));
    boolean right = passwords.verify(password, known.map(UserRecord::password).orElse(null));
    if (right && known.isPresent()) {
      return known.get();
    }
    LoginFailures failures = store.desired().transact(tx -> fail(tx, user, address));
    log.warn("login of {} from {} refused, {} in a row", cut(user), address, failures.failures());
    throw new GyreException(
        ErrorKind.UNAUTHENTICATED,
        "login.refused",
        "there is no such user, or the password is another",
        null);
  }

  private LoginFailures fail(DesiredTx tx, String user, String address) {
    IdentityTx identities = tx.identities();
    Instant now = now();
    LoginFailures ofUser = count(identities, kind(identities, user), cut(user), now);
    LoginFailures _ = count(identities, Lockout.ADDRESS, Peer.network(address), now);
    for (Lockout kind : Lockout.values()) {
      int _ =
          identities.sweepLoginFailures(kind.kind(), KEPT_FAILURES, now.minus(Lockout.FORGOTTEN));
    }
    return ofUser;
  }

  private static LoginFailures count(
      IdentityTx identities, Lockout kind, String subject, Instant now) {
    LoginFailures failures =
        kind.failed(identities.loginFailures(kind.kind(), subject).orElse(null), subject, now);
    identities.putLoginFailures(failures);
    return failures;
  }

  private String rehashed(UserRecord user, String password) {
    String hash = String.valueOf(user.password());
    return Argon2id.isDated(hash) ? passwords.hash(password) : hash;
  }

  private void open(DesiredTx tx, UserRecord known, SessionRecord session, String hash) {
    IdentityTx identities = tx.identities();
    UserRecord user =
        identities
            .user(known.name())
            .filter(each -> String.valueOf(each.password()).equals(known.password()))
            .orElseThrow(
                () ->
                    new GyreException(
                        ErrorKind.CONFLICT,
                        "login.changed",
                        "the user was changed at the same time",
                        "log in again"));
    identities.putUser(user.withPassword(hash).withLogin(session.createdAt()));
    identities.forgetLoginFailures(Lockout.USER.kind(), user.name());
    int _ =
        identities.sweepSessions(session.createdAt(), session.createdAt().minus(Authority.IDLE));
    identities.putSession(session);
    List<SessionRecord> sessions = identities.sessions(user.name());
    sessions.stream()
        .skip(SESSIONS_OF_A_USER)
        .forEach(old -> identities.deleteSession(old.sha256()));
  }

  /** Ends it at once. */
  void logout(SessionRecord session) {
    store.desired().run(tx -> tx.identities().deleteSession(session.sha256()));
    authority.changed();
  }

  /** Names that can't be a user's are counted, too, but not kept as they are. */
  private static String cut(String user) {
    return user.length() <= MAX_NAME ? user : user.substring(0, MAX_NAME);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
