package io.gyre.store;

import io.gyre.model.EventRecord;
import java.time.Instant;
import java.util.List;

/**
 * Who is told of events.
 *
 * @param namespace whose events; empty: of all namespaces and of the host
 * @param uid of no other webhook, even of the same name
 * @param events globs over the reasons of events
 * @param level events of this level or above
 */
public record WebhookRecord(
    String namespace,
    String name,
    String uid,
    String url,
    List<String> events,
    EventRecord.Level level,
    Instant createdAt,
    String actor,
    String correlation,
    WebhookProgress progress) {
  /** Of the sealed value that deliveries are signed with. */
  public static final String PURPOSE = "webhook";

  public WebhookRecord {
    events = List.copyOf(events);
  }

  public SealedName sealed() {
    return new SealedName(PURPOSE, namespace, uid, 1);
  }
}
