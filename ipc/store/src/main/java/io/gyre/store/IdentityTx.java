package io.gyre.store;

import java.time.Instant;

/** Changes who there is, as part of a transaction of the API. */
public interface IdentityTx extends IdentityState {
  void putUser(UserRecord user);

  /**
   * With the user's tokens and sessions.
   *
   * @return whether there was one
   */
  boolean deleteUser(String name);

  void putPolicy(PolicyRecord policy);

  boolean deletePolicy(String name);

  void putToken(TokenRecord token);

  boolean deleteToken(String id);

  void tokenUsed(String id, Instant at);

  void putSession(SessionRecord session);

  boolean deleteSession(String sha256hex);

  /** Ends all of a user but one, which may be empty. */
  int deleteSessions(String user, String butSha256hex);

  void sessionUsed(String sha256hex, Instant at);

  /** Removes those that ended by a moment, or weren't used since another. */
  int sweepSessions(Instant endedBy, Instant unusedSince);

  void putLoginFailures(LoginFailures failures);

  void forgetLoginFailures(String kind, String subject);

  /** Removes those of a kind that are older than a moment, and all but the newest so many. */
  int sweepLoginFailures(String kind, int keepNewest, Instant olderThan);
}
