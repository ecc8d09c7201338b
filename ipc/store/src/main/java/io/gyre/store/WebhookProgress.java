package io.gyre.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far a webhook is.
 *
 * @param seen the number of the last event that is delivered, dead or not wanted
 * @param delivered how many were, in all
 * @param lost how many events were swept before it came to them; not all of them may have been for
 *     it
 * @param dead how many deliveries were given up, in all
 * @param tries of the delivery after {@code seen}, so far
 * @param failures in a row
 * @param nextAt not before this is the next try; null: at once
 * @param deliveredAt of the last one that succeeded
 * @param error of the last try, empty where it succeeded
 */
public record WebhookProgress(
    long seen,
    long delivered,
    long lost,
    long dead,
    int tries,
    int failures,
    @Nullable Instant nextAt,
    @Nullable Instant deliveredAt,
    String error) {
  public static WebhookProgress from(long seen) {
    return new WebhookProgress(seen, 0, 0, 0, 0, 0, null, null, "");
  }

  public WebhookProgress skipped(long upTo) {
    return new WebhookProgress(
        upTo, delivered, lost, dead, tries, failures, nextAt, deliveredAt, error);
  }

  public WebhookProgress lost(long upTo, long count) {
    return new WebhookProgress(
        upTo, delivered, lost + count, dead, 0, failures, nextAt, deliveredAt, error);
  }

  public WebhookProgress delivered(long seq, Instant now) {
    return new WebhookProgress(seq, delivered + 1, lost, dead, 0, 0, null, now, "");
  }

  public WebhookProgress failed(Instant next, String why) {
    return new WebhookProgress(
        seen, delivered, lost, dead, tries + 1, failures + 1, next, deliveredAt, why);
  }

  /** Failed without having been tried. */
  public WebhookProgress hindered(Instant next, String why) {
    return new WebhookProgress(
        seen, delivered, lost, dead, tries, failures + 1, next, deliveredAt, why);
  }

  /** Given up; the one after it is tried when the next try would have been. */
  public WebhookProgress gaveUp(long seq, @Nullable Instant next, int failed, String why) {
    return new WebhookProgress(seq, delivered, lost, dead + 1, 0, failed, next, deliveredAt, why);
  }
}
