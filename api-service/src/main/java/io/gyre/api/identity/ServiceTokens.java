package io.gyre.api.identity;

import io.gyre.api.auth.Access;
import io.gyre.api.auth.Authority;
import io.gyre.api.auth.FirstToken;
import io.gyre.api.auth.Grants;
import io.gyre.api.auth.Scopes;
import io.gyre.api.auth.Secret;
import io.gyre.api.http.Call;
import io.gyre.component.Home;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import io.gyre.model.Names;
import io.gyre.store.DesiredTx;
import io.gyre.store.IdentityState;
import io.gyre.store.IdentityTx;
import io.gyre.store.Store;
import io.gyre.store.TokenRecord;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes, replaces and ends service tokens. Everybody does so with his own; who may change users
 * does so with all whose rights he has himself.
 */
public final class ServiceTokens {
  private static final Duration LIFETIME = Duration.ofDays(90);
  private static final Duration MAX_LIFETIME = Duration.ofDays(3650);
  private static final Duration MAX_GRACE = Duration.ofDays(7);
  private static final String NEVER = "never";

  private final Store store;
  private final Authority authority;
  private final Home home;
  private final Clock clock;

  public ServiceTokens(Store store, Authority authority, Home home, Clock clock) {
    this.store = store;
    this.authority = authority;
    this.home = home;
    this.clock = clock;
  }

  /** A token's secret, which is never told again. */
  record Issued(String secret, TokenRecord record) {}

  /** Those that the caller may know of, by name. */
  List<TokenRecord> list(Access access) {
    boolean all = access.may("users:read");
    return store.identities(
        state -> state.tokens().stream().filter(each -> all || owns(access, each)).toList());
  }

  Issued create(TokenResource.NewToken body, Access access, Call call) {
    String name = body.name();
    if (name == null || !Names.valid(name)) {
      throw Call.badField("token.name.invalid", "name", "must be a name: " + Names.RULE);
    }
    Scopes scopes = Scopes.checked(body.scopes(), body.namespaces());
    Instant now = now();
    Instant expires = expiry(body.expiresIn(), now, byDefault(now, access.caller().token()));
    String secret = Secret.newToken();
    TokenRecord record =
        store
            .desired()
            .transact(
                tx -> {
                  IdentityTx identities = tx.identities();
                  if (identities.tokenByName(name).isPresent()) {
                    throw new GyreException(
                        ErrorKind.ALREADY_EXISTS,
                        "token.exists",
                        "the token " + name + " exists already",
                        "choose another name, or replace its secret: gyre token rotate " + name);
                  }
                  TokenRecord made =
                      make(identities, name, secret, body.user(), scopes, expires, access);
                  identities.putToken(made);
                  record(tx, call, "create", made, "");
                  return made;
                });
    authority.changed();
    return new Issued(secret, record);
  }

  private TokenRecord make(
      IdentityState state,
      String name,
      String secret,
      @Nullable String user,
      Scopes scopes,
      @Nullable Instant expires,
      Access access) {
    String owner = user == null ? access.caller().user() : user;
    if (user != null && !user.equals(access.caller().user())) {
      access.requireOnHost("users:write");
      Grants.requireCovered(state, Users.find(state, user).grants(), access);
    }
    TokenRecord calling = access.caller().token();
    scopes.requireCovered(state, owner, access);
    requireNotLonger(expires, calling);
    return new TokenRecord(
        Ids.random(12),
        name,
        Secret.sha256(secret),
        owner != null ? "" : calling == null ? "admin" : calling.role(),
        now(),
        expires,
        owner,
        scopes.scopes(),
        scopes.namespaces(),
        access.identity().actor(),
        null,
        null,
        null);
  }

  /** Not later than what makes it. */
  private static Instant byDefault(Instant now, @Nullable TokenRecord calling) {
    Instant usual = now.plus(LIFETIME);
    Instant most = calling == null ? null : calling.expiresAt();
    return most != null && most.isBefore(usual) ? most : usual;
  }

  private static void requireNotLonger(@Nullable Instant expires, @Nullable TokenRecord calling) {
    Instant most = calling == null ? null : calling.expiresAt();
    if (most != null && (expires == null || expires.isAfter(most))) {
      throw new GyreException(
          ErrorKind.FORBIDDEN,
          "auth.escalation",
          "a token that ends may not make one that ends later than " + most,
          "set expires_in, or log in");
    }
  }

  /**
   * Gives a token another secret; the one before counts for a while yet.
   *
   * @param grace for how long; null: not at all
   * @param expiresIn null: it ends when it did before
   */
  Issued rotate(
      String name, @Nullable String grace, @Nullable String expiresIn, Access access, Call call) {
    Instant now = now();
    Duration counts = Spans.of("grace", grace, Duration.ZERO, MAX_GRACE);
    String secret = Secret.newToken();
    TokenRecord before = store.identities(state -> find(state, name, access));
    TokenRecord after =
        store
            .desired()
            .transact(
                tx -> {
                  TokenRecord found = find(tx.identities(), name, access);
                  if (!owns(access, found)) {
                    access.requireOnHost("users:write");
                  }
                  Scopes.requireCovered(tx.identities(), found, access);
                  Instant expires = expiry(expiresIn, now, found.expiresAt());
                  if (expiresIn != null) {
                    requireNotLonger(expires, access.caller().token());
                  }
                  TokenRecord rotated =
                      found.rotated(
                          Secret.sha256(secret),
                          counts.isZero() ? null : now.plus(counts),
                          expires);
                  tx.identities().putToken(rotated);
                  record(tx, call, "update", rotated, ": another secret");
                  return rotated;
                });
    authority.changed();
    FirstToken.replaced(home, before.sha256(), secret);
    return new Issued(secret, after);
  }

  /** Ends it at once. */
  void revoke(String name, Access access, Call call) {
    TokenRecord gone =
        store
            .desired()
            .transact(
                tx -> {
                  IdentityTx identities = tx.identities();
                  TokenRecord found = find(identities, name, access);
                  if (!owns(access, found)) {
                    access.requireOnHost("users:write");
                  }
                  boolean _ = identities.deleteToken(found.id());
                  if (isAdmin(found)) {
                    requireAdmin(identities, name);
                  }
                  record(tx, call, "delete", found, "");
                  return found;
                });
    authority.changed();
    FirstToken.replaced(home, gone.sha256(), null);
  }

  /** What isn't his to know of isn't there. */
  private static TokenRecord find(IdentityState state, String name, Access access) {
    return state
        .tokenByName(name)
        .filter(each -> owns(access, each) || access.may("users:read"))
        .orElseThrow(
            () -> GyreException.notFound("token", name, "see what there is: gyre token list"));
  }

  /** What is nobody's belongs to those who are nobody's themselves and may change users. */
  private static boolean owns(Access access, TokenRecord token) {
    return Objects.equals(access.caller().user(), token.owner())
        && (token.owner() != null || access.may("users:write"));
  }

  private static boolean isAdmin(TokenRecord token) {
    return token.owner() == null
        && token.role().equals("admin")
        && token.scopes().contains("*:*")
        && token.namespaces().contains("*");
  }

  /** A user, or a token that doesn't end by itself. */
  private static void requireAdmin(IdentityState state, String name) {
    boolean user = state.users().stream().anyMatch(Grants::isAdmin);
    boolean token =
        state.tokens().stream().anyMatch(each -> isAdmin(each) && each.expiresAt() == null);
    if (!user && !token) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          "token.last_admin",
          "without " + name + " nobody would be an admin any more",
          "make a user who is one first: gyre user create NAME --role admin");
    }
  }

  private static @Nullable Instant expiry(
      @Nullable String text, Instant now, @Nullable Instant otherwise) {
    if (NEVER.equals(text)) {
      return null;
    }
    return text == null
        ? otherwise
        : now.plus(Spans.of("expires_in", text, Duration.ZERO, MAX_LIFETIME));
  }

  private void record(DesiredTx tx, Call call, String verb, TokenRecord token, String detail) {
    ChangeLog.record(
        tx,
        now(),
        call,
        verb,
        "token " + token.name() + (token.owner() == null ? "" : " of " + token.owner()) + detail);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
