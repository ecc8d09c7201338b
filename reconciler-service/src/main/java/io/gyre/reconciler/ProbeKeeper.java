package io.gyre.reconciler;

import io.gyre.model.GyreException;
import io.gyre.reconciler.health.HealthMonitor;
import io.gyre.store.Store;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores what probes see and nobody acts on; what somebody acts on is stored with the decision.
 * Does nothing while nothing is probed. Any thread.
 */
final class ProbeKeeper {
  private static final Logger log = LoggerFactory.getLogger(ProbeKeeper.class);
  private static final Duration EVERY = Duration.ofSeconds(5);

  private final Store store;
  private final HealthMonitor health;
  private final ScheduledExecutorService timer;
  private final AtomicBoolean due = new AtomicBoolean();

  ProbeKeeper(Store store, HealthMonitor health, ScheduledExecutorService timer) {
    this.store = store;
    this.health = health;
    this.timer = timer;
  }

  void keep() {
    if (!health.idle() && due.compareAndSet(false, true)) {
      try {
        var _ = timer.schedule(this::storeAll, EVERY.toMillis(), TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        log.debug("closing");
      }
    }
  }

  /** All in one transaction, however many instances there are. */
  private void storeAll() {
    due.set(false);
    try {
      if (health.unsaved()) {
        store.observed().run(tx -> health.takeUnsaved().forEach(tx::putProbe));
      }
    } catch (GyreException e) {
      health.forgetSaved();
      if (!health.idle()) {
        log.warn("what probes saw is not stored yet: {}: {}", e.code(), e.getMessage());
      }
    } catch (RuntimeException e) {
      health.forgetSaved();
      log.error("storing what probes saw", e);
    }
    keep();
  }
}
