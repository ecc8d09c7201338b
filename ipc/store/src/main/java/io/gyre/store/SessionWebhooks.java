package io.gyre.store;

import io.gyre.model.EventRecord;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jspecify.annotations.Nullable;

/** Statements about webhooks, on the connection of a session. */
final class SessionWebhooks implements WebhookTx {
  private static final RowMapper<WebhookRecord> WEBHOOK =
      (row, ctx) ->
          new WebhookRecord(
              row.getString("namespace"),
              row.getString("name"),
              row.getString("uid"),
              row.getString("url"),
              Json.list(row.getString("events_json")),
              EventRecord.Level.valueOf(row.getString("level")),
              Rows.instant(row, "created_at"),
              row.getString("actor"),
              row.getString("correlation"),
              new WebhookProgress(
                  row.getLong("seen"),
                  row.getLong("delivered"),
                  row.getLong("lost"),
                  row.getLong("dead"),
                  row.getInt("tries"),
                  row.getInt("failures"),
                  Rows.optionalInstant(row, "next_at"),
                  Rows.optionalInstant(row, "delivered_at"),
                  row.getString("error")));

  private static final RowMapper<WebhookDead> DEAD =
      (row, ctx) ->
          new WebhookDead(
              row.getString("uid"),
              row.getLong("seq"),
              row.getString("reason"),
              row.getString("body"),
              Rows.instant(row, "failed_at"),
              row.getInt("tries"),
              row.getString("error"));

  private final SessionReader session;

  SessionWebhooks(SessionReader session) {
    this.session = session;
  }

  @Override
  public List<WebhookRecord> webhooks(@Nullable String namespace) {
    return namespace == null
        ? session.list(WEBHOOK, "SELECT * FROM webhook ORDER BY namespace, name")
        : session.list(
            WEBHOOK, "SELECT * FROM webhook WHERE namespace = ? ORDER BY name", namespace);
  }

  @Override
  public Optional<WebhookRecord> webhook(String namespace, String name) {
    return session.find(
        WEBHOOK, "SELECT * FROM webhook WHERE namespace = ? AND name = ?", namespace, name);
  }

  @Override
  public List<WebhookDead> dead(String uid) {
    return session.list(DEAD, "SELECT * FROM webhook_dead WHERE uid = ? ORDER BY seq", uid);
  }

  @Override
  public Optional<WebhookDead> dead(String uid, long seq) {
    return session.find(DEAD, "SELECT * FROM webhook_dead WHERE uid = ? AND seq = ?", uid, seq);
  }

  @Override
  public void add(WebhookRecord webhook) {
    WebhookProgress progress = webhook.progress();
    session.execute(
        """
        INSERT INTO webhook (namespace, name, uid, url, events_json, level, created_at, actor,
            correlation, seen, delivered, lost, dead, tries, failures, error)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, '')
        """,
        webhook.namespace(),
        webhook.name(),
        webhook.uid(),
        webhook.url(),
        Json.write(webhook.events()),
        webhook.level().name(),
        webhook.createdAt().toEpochMilli(),
        webhook.actor(),
        webhook.correlation(),
        progress.seen());
  }

  @Override
  public boolean progress(String uid, WebhookProgress progress) {
    return session.execute(
            """
            UPDATE webhook SET seen = ?, delivered = ?, lost = ?, dead = ?, tries = ?,
                failures = ?, next_at = ?, delivered_at = ?, error = ?
            WHERE uid = ?
            """,
            progress.seen(),
            progress.delivered(),
            progress.lost(),
            progress.dead(),
            progress.tries(),
            progress.failures(),
            progress.nextAt() == null ? null : (Long) progress.nextAt().toEpochMilli(),
            progress.deliveredAt() == null ? null : (Long) progress.deliveredAt().toEpochMilli(),
            progress.error(),
            uid)
        > 0;
  }

  @Override
  public void delete(WebhookRecord webhook) {
    session.execute("DELETE FROM webhook_dead WHERE uid = ?", webhook.uid());
    session.execute("DELETE FROM webhook WHERE uid = ?", webhook.uid());
    new SessionSecrets(session).deleteSealed(webhook.sealed());
  }

  @Override
  public void addDead(WebhookDead dead) {
    session.execute(
        "INSERT OR REPLACE INTO webhook_dead (uid, seq, reason, body, failed_at, tries, error)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
        dead.uid(),
        dead.seq(),
        dead.reason(),
        dead.body(),
        dead.failedAt().toEpochMilli(),
        dead.tries(),
        dead.error());
    session.execute(
        """
        DELETE FROM webhook_dead WHERE uid = ? AND seq NOT IN
            (SELECT seq FROM webhook_dead WHERE uid = ? ORDER BY seq DESC LIMIT ?)
        """,
        dead.uid(),
        dead.uid(),
        KEPT_DEAD);
  }

  @Override
  public void removeDead(String uid, long seq) {
    session.execute("DELETE FROM webhook_dead WHERE uid = ? AND seq = ?", uid, seq);
  }
}
