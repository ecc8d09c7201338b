package io.gyre.api.deployment;

import io.gyre.messages.Message;
import io.gyre.messages.Message.DeploymentChanged;
import io.gyre.model.DeploymentKey;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts messages on the bus from one thread of its own, in order: threads of requests may be
 * interrupted at any time, which a queue doesn't bear.
 */
public final class Announcer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Announcer.class);

  /** Where messages go. */
  public interface Outlet {
    /** Appends the message. */
    void publish(Message message, String correlation);
  }

  private final Outlet outlet;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("announcer").factory());

  public Announcer(Outlet outlet) {
    this.outlet = outlet;
  }

  /**
   * Tells the others of a change that is committed. Where that fails the change still counts: the
   * reconciler finds it at its next full pass.
   */
  public void changed(DeploymentKey key, long generation, String correlation) {
    var _ =
        publish(new DeploymentChanged(key, generation), correlation)
            .exceptionally(
                e -> {
                  log.warn(
                      "{}: could not announce generation {}: {}", key, generation, e.toString());
                  return false;
                });
  }

  /** Appends the message; fails where the bus does. */
  public CompletableFuture<Boolean> publish(Message message, String correlation) {
    try {
      return CompletableFuture.supplyAsync(
          () -> {
            outlet.publish(message, correlation);
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
