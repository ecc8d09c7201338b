package io.gyre.api.webhook;

import io.gyre.api.event.News;
import io.gyre.store.Store;
import io.gyre.store.WebhookRecord;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/** A courier for each webhook; none, none. Any thread. */
public final class Deliveries implements AutoCloseable {
  private static final Duration ENDING = Duration.ofSeconds(2);

  private record Running(Courier courier, Thread thread) {}

  private final Store store;
  private final News news;
  private final Sender sender;
  private final Clock clock;
  private final ReentrantLock lock = new ReentrantLock();

  /** By uid. */
  private final Map<String, Running> running = new HashMap<>();

  private boolean closed;

  public Deliveries(Store store, News news, Sender sender, Clock clock) {
    this.store = store;
    this.news = news;
    this.sender = sender;
    this.clock = clock;
  }

  /** Goes on with those that are stored. */
  public void start() {
    List<WebhookRecord> webhooks = store.webhooks(state -> state.webhooks(null));
    lock.lock();
    try {
      webhooks.forEach(this::start);
    } finally {
      lock.unlock();
    }
  }

  private void start(WebhookRecord webhook) {
    if (closed || running.containsKey(webhook.uid())) {
      return;
    }
    Courier courier = new Courier(store, news, sender, clock, webhook);
    Thread thread =
        Thread.ofVirtual()
            .name("webhook " + webhook.uid())
            .unstarted(
                () -> {
                  try {
                    courier.run();
                  } finally {
                    forget(webhook.uid());
                  }
                });
    running.put(webhook.uid(), new Running(courier, thread));
    thread.start();
  }

  private void forget(String uid) {
    lock.lock();
    try {
      running.remove(uid);
    } finally {
      lock.unlock();
    }
  }

  void end(String uid) {
    lock.lock();
    try {
      Running one = running.get(uid);
      if (one != null) {
        one.thread().interrupt();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Its receiver has just taken something. */
  void hurry(String uid) {
    lock.lock();
    try {
      Running one = running.get(uid);
      if (one != null) {
        one.courier().hurry();
      }
    } finally {
      lock.unlock();
    }
  }

  /** What is being sent is cut off and sent again after the next start. */
  @Override
  public void close() {
    List<Running> all;
    lock.lock();
    try {
      closed = true;
      all = List.copyOf(running.values());
    } finally {
      lock.unlock();
    }
    all.forEach(one -> one.thread().interrupt());
    try {
      for (Running one : all) {
        boolean _ = one.thread().join(ENDING);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
