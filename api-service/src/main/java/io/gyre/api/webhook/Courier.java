package io.gyre.api.webhook;

import io.gyre.api.event.News;
import io.gyre.model.EventRecord;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.store.EventQuery;
import io.gyre.store.Store;
import io.gyre.store.WebhookDead;
import io.gyre.store.WebhookProgress;
import io.gyre.store.WebhookRecord;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one webhook its events, one after the other, on a thread of its own. How far it is gets
 * stored after each page and each failure: what was delivered since is delivered once more after a
 * kill, under the same id.
 *
 * <pre>
 * read ─▶ events wanted ─▶ send ─▶ taken ─▶ next
 *  ▲ │                      ▲ └──▶ failed ─▶ stored, wait ─┐
 *  │ └─ none: wait for news └──────────────────────────────┤
 *  └─────────────────────── dead: stored with its body ◀───┘
 * </pre>
 */
final class Courier implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Courier.class);
  private static final String NO_KEY = "its key can't be opened; see gyre secret keys";
  private static final int PAGE = 50;
  private static final long SAVE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Makes up for lost rings. */
  private static final Duration LOOK = Duration.ofSeconds(30);

  private final Store store;
  private final News news;
  private final Sender sender;
  private final Clock clock;
  private final WebhookRecord webhook;
  private final Semaphore hurry = new Semaphore(0);
  private WebhookProgress now;
  private WebhookProgress saved;
  private long savedAt = System.nanoTime();
  private boolean gone;

  Courier(Store store, News news, Sender sender, Clock clock, WebhookRecord webhook) {
    this.store = store;
    this.news = news;
    this.sender = sender;
    this.clock = clock;
    this.webhook = webhook;
    this.now = webhook.progress();
    this.saved = now;
  }

  /** The receiver works again: no need to wait for the next try. Any thread. */
  void hurry() {
    hurry.release();
  }

  @Override
  public void run() {
    int troubles = 0;
    try {
      while (!gone && !news.closed()) {
        try {
          long rings = news.rings();
          if (!page()) {
            news.awaitRing(rings, LOOK);
            gone |= news.rings() == rings && !exists();
          }
          troubles = 0;
        } catch (RuntimeException e) {
          if (troubles++ == 0) {
            log.warn("webhook {}: {}; it goes on when that is over", name(), e.getMessage());
          }
          Thread.sleep(Retry.delay(troubles, 0));
        }
      }
    } catch (InterruptedException e) {
      // It ends, as the API or the webhook does.
    } finally {
      saveAtTheEnd();
    }
  }

  /** It goes with its namespace, and nobody says so. */
  private boolean exists() {
    return store
        .webhooks(state -> state.webhook(webhook.namespace(), webhook.name()))
        .filter(stored -> stored.uid().equals(webhook.uid()))
        .isPresent();
  }

  private record Page(List<EventRecord> events, long oldest, long newest) {}

  /** Whether there may be more. */
  private boolean page() throws InterruptedException {
    String namespace = webhook.namespace();
    Page page =
        store.snapshot(
            state -> {
              long newest = state.lastEventSeq();
              List<EventRecord> first = state.events(EventQuery.after(0, 1));
              return new Page(
                  state.events(
                      new EventQuery(
                          now.seen(),
                          PAGE,
                          namespace.isEmpty() ? null : namespace,
                          null,
                          null,
                          null,
                          false)),
                  first.isEmpty() ? newest + 1 : first.getFirst().seq(),
                  newest);
            });
    if (now.seen() > page.newest()) {
      // Of a database that was made anew.
      now = now.skipped(page.newest());
    } else if (page.oldest() > now.seen() + 1) {
      now = now.lost(page.oldest() - 1, page.oldest() - 1 - now.seen());
      save();
      log.warn(
          "webhook {}: {} events so far were swept before they came to it", name(), now.lost());
    }
    for (EventRecord event : page.events()) {
      if (Wish.includes(webhook, event)) {
        deliver(event);
      } else {
        now = now.skipped(event.seq());
      }
      if (gone) {
        return false;
      }
      if (now.delivered() != saved.delivered() && System.nanoTime() - savedAt > SAVE_NANOS) {
        save();
      }
    }
    boolean more = page.events().size() == PAGE;
    if (!more && page.newest() > now.seen()) {
      now = now.skipped(page.newest());
    }
    if (now.delivered() != saved.delivered() || now.seen() - saved.seen() >= PAGE) {
      save();
    }
    return more;
  }

  private void deliver(EventRecord event) throws InterruptedException {
    String body = sender.body(event);
    while (!gone) {
      if (Retry.expired(now.failures(), age(event))) {
        bury(event, body, now.nextAt(), now.failures(), now.tries(), now.error());
        return;
      }
      awaitNextTry();
      String error;
      try {
        Post.Outcome outcome =
            sender.send(webhook, Sender.delivery(webhook, event.seq()), event.reason(), body);
        if (outcome.taken()) {
          Failpoints.hit("api.webhook.answered");
          now = now.delivered(event.seq(), clock.instant());
          return;
        }
        error = outcome.error();
      } catch (GyreException e) {
        if (e.code().startsWith("secrets.")) {
          now = now.hindered(next(Retry.delay(now.failures() + 1, jitter())), NO_KEY);
          save();
          continue;
        }
        gone = e.code().equals("webhook.not_found");
        if (gone) {
          return;
        }
        throw e;
      }
      int failures = now.failures() + 1;
      int tries = now.tries() + 1;
      if (now.failures() == 0) {
        log.warn("webhook {}: {}; it is tried again", name(), error);
      }
      switch (Retry.after(tries, failures, age(event), jitter())) {
        case Retry.Again(Duration delay) -> {
          now = now.failed(next(delay), error);
          save();
        }
        case Retry.Dead() -> {
          bury(event, body, next(Retry.delay(failures, jitter())), failures, tries, error);
          return;
        }
      }
    }
  }

  private void bury(
      EventRecord event,
      String body,
      @Nullable Instant next,
      int failures,
      int tries,
      String error) {
    WebhookProgress after = now.gaveUp(event.seq(), next, failures, error);
    WebhookDead dead =
        new WebhookDead(
            webhook.uid(), event.seq(), event.reason(), body, clock.instant(), tries, error);
    boolean there =
        store
            .desired()
            .transact(
                tx -> {
                  if (!tx.webhooks().progress(webhook.uid(), after)) {
                    return false;
                  }
                  tx.webhooks().addDead(dead);
                  return true;
                });
    stored(after, there);
    now = after;
  }

  private void save() {
    WebhookProgress next = now;
    stored(next, store.desired().transact(tx -> tx.webhooks().progress(webhook.uid(), next)));
  }

  private void stored(WebhookProgress next, boolean there) {
    saved = next;
    savedAt = System.nanoTime();
    gone = !there;
    Failpoints.hit("api.webhook.stored");
  }

  private void saveAtTheEnd() {
    try {
      if (!gone && !now.equals(saved)) {
        save();
      }
    } catch (GyreException e) {
      log.warn("webhook {}: how far it is could not be stored: {}", name(), e.getMessage());
    }
  }

  private void awaitNextTry() throws InterruptedException {
    Instant next = now.nextAt();
    if (next == null) {
      return;
    }
    // The clock may have been set back.
    long most = Retry.MOST_DELAY.toMillis();
    long left = Math.min(most, Duration.between(clock.instant(), next).toMillis());
    hurry.drainPermits();
    boolean _ = hurry.tryAcquire(Math.max(0, left), TimeUnit.MILLISECONDS);
  }

  private Instant next(Duration delay) {
    return clock.instant().plus(delay);
  }

  private Duration age(EventRecord event) {
    return Duration.between(event.at(), clock.instant());
  }

  private static double jitter() {
    return ThreadLocalRandom.current().nextDouble();
  }

  private String name() {
    return webhook.namespace().isEmpty()
        ? webhook.name()
        : webhook.namespace() + "/" + webhook.name();
  }
}
