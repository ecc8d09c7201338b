package io.gyre.component;

import io.gyre.model.Component;
import io.gyre.model.GyreException;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A component that has its lock; says how far it is. */
final class Running implements Readiness, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Running.class);

  final Component component;
  private final Home home;
  private final long epoch;
  private final SystemdNotifier systemd;
  private final LiveLock lock;
  private volatile boolean stopping;
  private @Nullable AutoCloseable parts;

  Running(Component component, Home home, long epoch, SystemdNotifier systemd, LiveLock lock) {
    this.component = component;
    this.home = home;
    this.epoch = epoch;
    this.systemd = systemd;
    this.lock = lock;
  }

  void launch(GyreConfig config, ComponentMain.Launcher launcher) throws Exception {
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
    }
  }

  @Override
  public void ready(String address) {
    if (!stopping) {
      log.info("ready{}", address.isEmpty() ? "" : " at " + address);
      mark("ready", "", address);
      systemd.send("READY=1\nSTATUS=ready");
    }
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
    try {
      new ComponentMark(
              component,
              ProcessHandle.current().pid(),
              epoch,
              state,
              message,
              address,
              System.currentTimeMillis())
          .write(home);
    } catch (GyreException e) {
      log.warn("{}", e.getMessage());
    }
  }
}
