package io.gyre.component;

import io.gyre.model.Component;
import io.gyre.model.GyreException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A component that has its lock; says how far it is. */
final class Running implements Readiness, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Running.class);
  private static final Duration RETRY_MARK = Duration.ofMillis(500);

  final Component component;
  private final Home home;
  private final long epoch;
  private final SystemdNotifier systemd;
  private final Watchdog watchdog;
  private final LiveLock lock;
  private final Object marking = new Object();
  private volatile boolean stopping;
  private @Nullable ComponentMark latest;
  private @Nullable AutoCloseable parts;

  Running(
      Component component, Home home, long epoch, Map<String, String> environment, LiveLock lock) {
    this.component = component;
    this.home = home;
    this.epoch = epoch;
    this.systemd = new SystemdNotifier(environment);
    this.watchdog = new Watchdog(systemd, environment);
    this.lock = lock;
  }

  void launch(LiveConfig config, ComponentMain.Launcher launcher) throws Exception {
    mark("starting", "", "");
    log.info(
        "{} starting: pid {}, epoch {}, {}",
        component.id(),
        ProcessHandle.current().pid(),
        epoch,
        home.root());
    parts =
        launcher.launch(
            new ComponentContext(component, home, config, epoch, Clock.systemUTC(), this));
  }

  @Override
  public void waiting(String what) {
    if (!stopping) {
      log.info("waiting for {}", what);
      mark("waiting", what, "");
      systemd.send("STATUS=waiting for " + what);
      watchdog.waiting();
    }
  }

  @Override
  public void ready(String address) {
    if (!stopping) {
      log.info("ready{}", address.isEmpty() ? "" : " at " + address);
      mark("ready", "", address);
      systemd.send("READY=1\nSTATUS=ready");
      watchdog.ready();
    }
  }

  @Override
  public void watch(String loop, Consumer<Runnable> ask) {
    watchdog.watch(loop, ask);
  }

  void stopping() {
    stopping = true;
    systemd.send("STOPPING=1");
    mark("stopping", "", "");
  }

  @Override
  public void close() {
    stopping = true;
    try {
      if (parts != null) {
        parts.close();
      }
    } catch (Exception e) {
      log.warn("did not close in order", e);
    } finally {
      lock.close();
    }
  }

  private void mark(String state, String message, String address) {
    ComponentMark mark =
        new ComponentMark(
            component,
            ProcessHandle.current().pid(),
            epoch,
            state,
            message,
            address,
            System.currentTimeMillis());
    synchronized (marking) {
      latest = mark;
      try {
        mark.write(home);
        return;
      } catch (GyreException e) {
        log.warn("{}", e.getMessage());
      }
    }
    // Others find this component by its mark, so it is written as soon as it can be.
    Thread.ofVirtual().name("mark").start(() -> markLater(mark));
  }

  private void markLater(ComponentMark mark) {
    while (true) {
      LockSupport.parkNanos(RETRY_MARK.toNanos());
      synchronized (marking) {
        if (!mark.equals(latest)) {
          return;
        }
        try {
          mark.write(home);
          return;
        } catch (GyreException e) {
          log.debug("{}", e.getMessage());
        }
      }
    }
  }
}
