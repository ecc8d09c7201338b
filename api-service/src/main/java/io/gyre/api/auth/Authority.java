package io.gyre.api.auth;

import io.gyre.api.http.Identity;
import io.gyre.model.GyreException;
import io.gyre.store.IdentityState;
import io.gyre.store.PolicyRecord.Rule;
import io.gyre.store.SessionRecord;
import io.gyre.store.Store;
import io.gyre.store.TokenRecord;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Knows people and tokens and what they may do. Secrets are looked up by their SHA-256, by index,
 * so that the time it takes tells nothing. What was found is believed for five seconds, or until
 * {@link #changed}: this process is the only one that changes it. Any thread.
 */
public final class Authority {
  /** How long a session may last. */
  public static final Duration SESSION = Duration.ofHours(24);

  /** How long a session may be unused. */
  public static final Duration IDLE = Duration.ofHours(8);

  private static final Logger log = LoggerFactory.getLogger(Authority.class);
  private static final Duration BELIEVED = Duration.ofSeconds(5);
  private static final Duration NOTED = Duration.ofMinutes(1);
  private static final int MAX_CACHED = 1000;
  private static final String OF_TOKEN = "token:";
  private static final String OF_SESSION = "session:";
  private static final String OF_USER = "user:";

  /** What was found at a version; it counts as long as nothing is changed. */
  private record Found(Optional<Caller> caller, Instant until, long version, AtomicLong usedMs) {}

  private final Store store;
  private final Clock clock;
  private final Executor later;
  private final Map<String, Found> cache = new ConcurrentHashMap<>();
  private final AtomicLong version = new AtomicLong();

  /**
   * @param later writes down what was used when
   */
  public Authority(Store store, Clock clock, Executor later) {
    this.store = store;
    this.clock = clock;
    this.later = later;
  }

  /** To be called after each change is committed and before it is answered. */
  public void changed() {
    version.incrementAndGet();
    cache.clear();
  }

  Optional<Caller> bySecret(String secret) {
    Found found = found((Secret.isSession(secret) ? OF_SESSION : OF_TOKEN) + Secret.sha256(secret));
    found.caller().ifPresent(caller -> noteUse(caller, found.usedMs()));
    return found.caller();
  }

  /** For those who proved otherwise that they are the user; empty where there is no such one. */
  public Optional<Caller> byName(String user) {
    return found(OF_USER + user).caller();
  }

  /** What he may now; nothing where his proof isn't good any more. */
  Rights now(Caller caller) {
    return caller.key().isEmpty()
        ? caller.rights()
        : found(caller.key()).caller().map(Caller::rights).orElse(Rights.NONE);
  }

  private static Optional<Caller> find(IdentityState state, String key, Instant now) {
    String subject = key.substring(key.indexOf(':') + 1);
    if (key.startsWith(OF_SESSION)) {
      return session(state, subject, now);
    }
    return key.startsWith(OF_TOKEN) ? token(state, subject, now) : user(state, subject);
  }

  private Found found(String key) {
    Instant now = clock.instant();
    Found known = cache.get(key);
    if (known == null || !now.isBefore(known.until()) || known.version() != version.get()) {
      // Taken before the look: what is changed after it makes the entry count no more.
      long before = version.get();
      Optional<Caller> caller = store.identities(state -> find(state, key, now));
      Instant until = now.plus(BELIEVED);
      Instant ends = caller.map(Caller::ends).orElse(null);
      known =
          new Found(
              caller,
              ends != null && ends.isBefore(until) ? ends : until,
              before,
              new AtomicLong(caller.map(Authority::lastUsedMs).orElse(0L)));
      if (cache.size() >= MAX_CACHED) {
        cache.clear();
      }
      cache.put(key, known);
    }
    return known;
  }

  private static Optional<Caller> user(IdentityState state, String name) {
    return state
        .user(name)
        .map(
            user ->
                new Caller(
                    Identity.Kind.USER,
                    name,
                    name,
                    null,
                    null,
                    null,
                    Roles.ofUser(state, user.grants()),
                    OF_USER + name));
  }

  private static Optional<Caller> session(IdentityState state, String hash, Instant now) {
    SessionRecord session = state.session(hash).orElse(null);
    if (session == null) {
      return Optional.empty();
    }
    Instant idle = session.lastUsedAt().plus(IDLE);
    Instant ends = idle.isBefore(session.expiresAt()) ? idle : session.expiresAt();
    if (!now.isBefore(ends)) {
      return Optional.empty();
    }
    return state
        .user(session.user())
        .map(
            user ->
                new Caller(
                    Identity.Kind.USER,
                    user.name(),
                    user.name(),
                    null,
                    session,
                    ends,
                    Roles.ofUser(state, user.grants()),
                    OF_SESSION + hash));
  }

  private static Optional<Caller> token(IdentityState state, String hash, Instant now) {
    TokenRecord token = state.token(hash).orElse(null);
    if (token == null || token.expired(now)) {
      return Optional.empty();
    }
    Instant ends = token.expiresAt();
    if (!token.sha256().equals(hash)) {
      Instant previous = token.previousUntil();
      if (previous == null || !now.isBefore(previous)) {
        return Optional.empty();
      }
      ends = ends == null || previous.isBefore(ends) ? previous : ends;
    }
    Rights rights = ofOwner(state, token);
    List<Rule> scopes = scopes(token.scopes(), token.namespaces());
    return Optional.of(
        new Caller(
            Identity.Kind.TOKEN,
            token.name(),
            token.owner(),
            token,
            null,
            ends,
            rights.within(scopes),
            OF_TOKEN + hash));
  }

  /** What a token is good for at most. */
  static Rights ofOwner(IdentityState state, TokenRecord token) {
    String owner = token.owner();
    if (owner == null) {
      return Roles.ofUser(state, List.of(token.role()));
    }
    return state
        .user(owner)
        .map(user -> Roles.ofUser(state, user.grants()))
        .orElse(Rights.of(List.of()));
  }

  static List<Rule> scopes(List<String> scopes, List<String> namespaces) {
    return scopes.stream()
        .map(Permission::of)
        .map(scope -> new Rule(scope.resource(), List.of(scope.verb()), namespaces))
        .toList();
  }

  private static long lastUsedMs(Caller caller) {
    Instant last = null;
    if (caller.token() != null) {
      last = caller.token().lastUsedAt();
    } else if (caller.session() != null) {
      last = caller.session().lastUsedAt();
    }
    return last == null ? 0 : last.toEpochMilli();
  }

  /** At most once a minute for each. */
  private void noteUse(Caller caller, AtomicLong usedMs) {
    long nowMs = clock.millis();
    long before = usedMs.get();
    if (nowMs - before < NOTED.toMillis() || !usedMs.compareAndSet(before, nowMs)) {
      return;
    }
    try {
      later.execute(() -> writeUse(caller.token(), caller.session(), Instant.ofEpochMilli(nowMs)));
    } catch (java.util.concurrent.RejectedExecutionException e) {
      // The API ends.
    }
  }

  private void writeUse(@Nullable TokenRecord token, @Nullable SessionRecord session, Instant at) {
    try {
      store
          .desired()
          .run(
              tx -> {
                if (token != null) {
                  tx.identities().tokenUsed(token.id(), at);
                } else if (session != null) {
                  tx.identities().sessionUsed(session.sha256(), at);
                }
              });
    } catch (GyreException e) {
      log.warn("could not write down the use of a token: {}", e.getMessage());
    }
  }
}
