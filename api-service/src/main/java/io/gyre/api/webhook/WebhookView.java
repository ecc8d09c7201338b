package io.gyre.api.webhook;

import io.gyre.store.WebhookDead;
import io.gyre.store.WebhookProgress;
import io.gyre.store.WebhookRecord;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A webhook as clients see it.
 *
 * @param namespace null: of the whole host
 * @param uid what its deliveries begin with
 * @param key only where it was just made
 * @param deadLetters only where one is looked at
 */
record WebhookView(
    @Nullable String namespace,
    String name,
    String uid,
    String url,
    List<String> events,
    String level,
    Instant createdAt,
    String actor,
    String state,
    long seen,
    long delivered,
    long lost,
    long dead,
    int tries,
    @Nullable Instant nextAt,
    @Nullable Instant deliveredAt,
    @Nullable String error,
    @Nullable String key,
    @Nullable List<DeadView> deadLetters) {

  record DeadView(
      String delivery, long seq, String event, Instant failedAt, int tries, String error) {}

  static WebhookView of(
      WebhookRecord webhook, @Nullable String key, @Nullable List<WebhookDead> dead) {
    WebhookProgress progress = webhook.progress();
    return new WebhookView(
        webhook.namespace().isEmpty() ? null : webhook.namespace(),
        webhook.name(),
        webhook.uid(),
        webhook.url(),
        webhook.events(),
        webhook.level().name().toLowerCase(Locale.ROOT),
        webhook.createdAt(),
        webhook.actor(),
        progress.failures() == 0 ? "working" : "failing",
        progress.seen(),
        progress.delivered(),
        progress.lost(),
        progress.dead(),
        progress.tries(),
        progress.nextAt(),
        progress.deliveredAt(),
        progress.error().isEmpty() ? null : progress.error(),
        key,
        dead == null
            ? null
            : dead.stream()
                .map(
                    each ->
                        new DeadView(
                            Sender.delivery(webhook, each.seq()),
                            each.seq(),
                            each.reason(),
                            each.failedAt(),
                            each.tries(),
                            each.error()))
                .toList());
  }
}
