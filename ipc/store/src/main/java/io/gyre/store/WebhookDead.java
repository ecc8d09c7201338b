package io.gyre.store;

import java.time.Instant;

/**
 * A delivery that was given up.
 *
 * @param uid of the webhook
 * @param seq of the event
 * @param reason of the event
 * @param body what was to be sent
 * @param error of the last try
 */
public record WebhookDead(
    String uid, long seq, String reason, String body, Instant failedAt, int tries, String error) {}
