package io.gyre.store;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;

/** Identities on the connection of a session. */
final class SessionIdentities implements IdentityTx {
  private static final RowMapper<UserRecord> USER =
      (row, ctx) ->
          new UserRecord(
              row.getString("name"),
              row.getString("password"),
              Json.list(row.getString("grants_json")),
              Rows.instant(row, "created_at"),
              Rows.optionalInstant(row, "last_login_at"));

  private static final RowMapper<PolicyRecord> POLICY =
      (row, ctx) ->
          new PolicyRecord(
              row.getString("name"),
              Json.objects(row.getString("rules_json"), SessionIdentities::rule),
              Rows.instant(row, "updated_at"));

  private static final RowMapper<SessionRecord> SESSION =
      (row, ctx) ->
          new SessionRecord(
              row.getString("sha256"),
              row.getString("user"),
              row.getString("address"),
              Rows.instant(row, "created_at"),
              Rows.instant(row, "last_used_at"),
              Rows.instant(row, "expires_at"));

  private static final RowMapper<LoginFailures> FAILURES =
      (row, ctx) ->
          new LoginFailures(
              row.getString("kind"),
              row.getString("subject"),
              row.getInt("failures"),
              Rows.instant(row, "last_at"),
              Rows.instant(row, "locked_until"));

  private final SessionReader session;

  SessionIdentities(SessionReader session) {
    this.session = session;
  }

  private static PolicyRecord.Rule rule(Json.Members members) {
    return new PolicyRecord.Rule(
        members.string("resource", ""), members.list("verbs"), members.list("namespaces"));
  }

  private static String json(List<PolicyRecord.Rule> rules) {
    List<Object> list = new ArrayList<>();
    for (PolicyRecord.Rule rule : rules) {
      Map<String, Object> members = new LinkedHashMap<>();
      members.put("resource", rule.resource());
      members.put("verbs", rule.verbs());
      members.put("namespaces", rule.namespaces());
      list.add(members);
    }
    return Json.write(list);
  }

  @Override
  public Optional<UserRecord> user(String name) {
    return session.find(USER, "SELECT * FROM user WHERE name = ?", name);
  }

  @Override
  public List<UserRecord> users() {
    return session.list(USER, "SELECT * FROM user ORDER BY name");
  }

  @Override
  public Optional<PolicyRecord> policy(String name) {
    return session.find(POLICY, "SELECT * FROM policy WHERE name = ?", name);
  }

  @Override
  public List<PolicyRecord> policies() {
    return session.list(POLICY, "SELECT * FROM policy ORDER BY name");
  }

  @Override
  public Optional<TokenRecord> token(String sha256hex) {
    return session
        .find(Rows.TOKEN, "SELECT * FROM token WHERE sha256 = ?", sha256hex)
        .or(
            () ->
                session.find(
                    Rows.TOKEN, "SELECT * FROM token WHERE previous_sha256 = ?", sha256hex));
  }

  @Override
  public Optional<TokenRecord> tokenById(String id) {
    return session.find(Rows.TOKEN, "SELECT * FROM token WHERE id = ?", id);
  }

  @Override
  public Optional<TokenRecord> tokenByName(String name) {
    return session.list(Rows.TOKEN, "SELECT * FROM token WHERE name = ? LIMIT 1", name).stream()
        .findFirst();
  }

  @Override
  public List<TokenRecord> tokens() {
    return session.list(Rows.TOKEN, "SELECT * FROM token ORDER BY name, id");
  }

  @Override
  public Optional<SessionRecord> session(String sha256hex) {
    return session.find(SESSION, "SELECT * FROM session WHERE sha256 = ?", sha256hex);
  }

  @Override
  public List<SessionRecord> sessions(String user) {
    return session.list(
        SESSION, "SELECT * FROM session WHERE user = ? ORDER BY last_used_at DESC, sha256", user);
  }

  @Override
  public Optional<LoginFailures> loginFailures(String kind, String subject) {
    return session.find(
        FAILURES, "SELECT * FROM login_failure WHERE kind = ? AND subject = ?", kind, subject);
  }

  @Override
  public void putUser(UserRecord user) {
    session.execute(
        """
        INSERT INTO user (name, password, grants_json, created_at, last_login_at)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET password = excluded.password,
            grants_json = excluded.grants_json, last_login_at = excluded.last_login_at
        """,
        user.name(),
        user.password(),
        Json.write(user.grants()),
        user.createdAt().toEpochMilli(),
        Rows.millis(user.lastLoginAt()));
  }

  @Override
  public boolean deleteUser(String name) {
    return session.execute("DELETE FROM user WHERE name = ?", name) > 0;
  }

  @Override
  public void putPolicy(PolicyRecord policy) {
    session.execute(
        """
        INSERT INTO policy (name, rules_json, updated_at) VALUES (?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET rules_json = excluded.rules_json,
            updated_at = excluded.updated_at
        """,
        policy.name(),
        json(policy.rules()),
        policy.updatedAt().toEpochMilli());
  }

  @Override
  public boolean deletePolicy(String name) {
    return session.execute("DELETE FROM policy WHERE name = ?", name) > 0;
  }

  @Override
  public void putToken(TokenRecord token) {
    session.execute(
        """
        INSERT INTO token (id, name, sha256, role, created_at, expires_at, owner, scopes_json,
            namespaces_json, created_by, last_used_at, previous_sha256, previous_until)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, sha256 = excluded.sha256,
            role = excluded.role, created_at = excluded.created_at,
            expires_at = excluded.expires_at, owner = excluded.owner,
            scopes_json = excluded.scopes_json, namespaces_json = excluded.namespaces_json,
            created_by = excluded.created_by, last_used_at = excluded.last_used_at,
            previous_sha256 = excluded.previous_sha256, previous_until = excluded.previous_until
        """,
        token.id(),
        token.name(),
        token.sha256(),
        token.role(),
        token.createdAt().toEpochMilli(),
        Rows.millis(token.expiresAt()),
        token.owner(),
        Json.write(token.scopes()),
        Json.write(token.namespaces()),
        token.createdBy(),
        Rows.millis(token.lastUsedAt()),
        token.previousSha256(),
        Rows.millis(token.previousUntil()));
  }

  @Override
  public boolean deleteToken(String id) {
    return session.execute("DELETE FROM token WHERE id = ?", id) > 0;
  }

  @Override
  public void tokenUsed(String id, Instant at) {
    session.execute("UPDATE token SET last_used_at = ? WHERE id = ?", at.toEpochMilli(), id);
  }

  @Override
  public void putSession(SessionRecord added) {
    session.execute(
        """
        INSERT INTO session (sha256, user, address, created_at, last_used_at, expires_at)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        added.sha256(),
        added.user(),
        added.address(),
        added.createdAt().toEpochMilli(),
        added.lastUsedAt().toEpochMilli(),
        added.expiresAt().toEpochMilli());
  }

  @Override
  public boolean deleteSession(String sha256hex) {
    return session.execute("DELETE FROM session WHERE sha256 = ?", sha256hex) > 0;
  }

  @Override
  public int deleteSessions(String user, String butSha256hex) {
    return session.execute(
        "DELETE FROM session WHERE user = ? AND sha256 <> ?", user, butSha256hex);
  }

  @Override
  public void sessionUsed(String sha256hex, Instant at) {
    session.execute(
        "UPDATE session SET last_used_at = ? WHERE sha256 = ?", at.toEpochMilli(), sha256hex);
  }

  @Override
  public int sweepSessions(Instant endedBy, Instant unusedSince) {
    return session.execute(
        "DELETE FROM session WHERE expires_at <= ? OR last_used_at < ?",
        endedBy.toEpochMilli(),
        unusedSince.toEpochMilli());
  }

  @Override
  public void putLoginFailures(LoginFailures failures) {
    session.execute(
        """
        INSERT INTO login_failure (kind, subject, failures, last_at, locked_until)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (kind, subject) DO UPDATE SET failures = excluded.failures,
            last_at = excluded.last_at, locked_until = excluded.locked_until
        """,
        failures.kind(),
        failures.subject(),
        failures.failures(),
        failures.lastAt().toEpochMilli(),
        failures.lockedUntil().toEpochMilli());
  }

  @Override
  public void forgetLoginFailures(String kind, String subject) {
    session.execute("DELETE FROM login_failure WHERE kind = ? AND subject = ?", kind, subject);
  }

  @Override
  public int sweepLoginFailures(String kind, int keepNewest, Instant olderThan) {
    return session.execute(
        """
        DELETE FROM login_failure WHERE kind = ? AND (last_at < ? OR last_at <= (
            SELECT last_at FROM login_failure WHERE kind = ? ORDER BY last_at DESC
            LIMIT 1 OFFSET ?))
        """,
        kind,
        olderThan.toEpochMilli(),
        kind,
        keepNewest);
  }
}
