package io.gyre.api.deployment;

import io.gyre.messages.Message;
import io.gyre.messages.Message.ContentChanged;
import io.gyre.messages.Message.DeploymentChanged;
import io.gyre.model.DeploymentKey;
import io.gyre.model.Failpoints;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts messages on the bus from one thread of its own, in order: threads of requests may be
 * interrupted at any time, which a queue doesn't bear.
 */
public final class Announcer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Announcer.class);
  private static final long RETRY_MS = 1000;

  /** Where messages go. */
  public interface Outlet {
    /** Appends the message. */
    void publish(Message message, String correlation);
  }

  private final Outlet outlet;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("announcer").factory());
  private final AtomicBoolean failing = new AtomicBoolean();

  public Announcer(Outlet outlet) {
    this.outlet = outlet;
  }

  /**
   * Tells the others of a change that is committed. Where the bus has no room it is tried again
   * until it has; where this process ends before, the next one tells it at its start.
   */
  public void changed(DeploymentKey key, long generation, String correlation) {
    surely(new DeploymentChanged(key, generation), correlation);
  }

  /** Likewise that configs which it follows by a signal have changed. */
  public void contentChanged(DeploymentKey key, String correlation) {
    surely(new ContentChanged(key), correlation);
  }

  private void surely(Message message, String correlation) {
    var _ =
        publish(message, correlation)
            .whenComplete(
                (done, e) -> {
                  if (e == null) {
                    failing.set(false);
                    return;
                  }
                  if (!failing.getAndSet(true)) {
                    log.warn("could not announce {}: {}", message, e.toString());
                  }
                  later(() -> surely(message, correlation));
                });
  }

  private void later(Runnable task) {
    try {
      var _ = thread.schedule(task, RETRY_MS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("closing");
    }
  }

  /** Appends the message; fails where the bus does. */
  public CompletableFuture<Boolean> publish(Message message, String correlation) {
    try {
      return CompletableFuture.supplyAsync(
          () -> {
            Failpoints.hit("api.announce.before");
            outlet.publish(message, correlation);
            Failpoints.hit("api.announce.after");
            return true;
          },
          thread);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Publishes what is under way, for half a second at most. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(500, TimeUnit.MILLISECONDS)) {
        log.warn("messages are left unpublished; the next full pass finds what they told");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
