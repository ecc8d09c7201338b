package io.gyre.component;

import ch.qos.logback.classic.Level;
import io.gyre.model.Component;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import java.io.PrintStream;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of a component's process.
 *
 * <pre>
 * configuration ─▶ lock ─▶ log ─▶ launch ─▶ ready … SIGTERM ─▶ close ─▶ exit 0
 *      │ exit 1      │ exit 5       │ exit 1                     └ after 1.8 s: exit 0 all the same
 * </pre>
 *
 * Every end is safe for workloads and for what was acknowledged: closing is a courtesy to other
 * processes.
 */
public final class ComponentMain {
  private static final Logger log = LoggerFactory.getLogger(ComponentMain.class);
  private static final long CLOSE_LIMIT_MS = 1800;

  /** Starts the parts of a component; returns what stops them, in less than a second. */
  public interface Launcher {
    AutoCloseable launch(ComponentContext context) throws Exception;
  }

  private ComponentMain() {}

  /** Runs the component until the process is told to end; does not return. */
  public static void run(Component component, Launcher launcher) {
    int exit = 1;
    AtomicReference<@Nullable Running> started = new AtomicReference<>();
    try {
      CountDownLatch asked = new CountDownLatch(1);
      CountDownLatch closed = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .name("shutdown")
                  .unstarted(() -> shutDown(started.get(), asked, closed)));
      Running running = open(component, System.getenv(), launcher, started);
      asked.await();
      running.close();
      closed.countDown();
      // The shutdown hook ends the process with status 0.
      new CountDownLatch(1).await();
    } catch (GyreException e) {
      report(component, e, System.err);
      if (started.get() != null) {
        log.error("{}: {}", e.code(), e.getMessage());
      }
      exit = e.kind().exitCode();
    } catch (Exception e) {
      System.err.println("gyre " + component.id() + ": could not start: " + e);
      if (started.get() != null) {
        log.error("could not start", e);
      }
    }
    Runtime.getRuntime().halt(exit);
  }

  /**
   * Starts the component inside a process that something else (jsvc) runs; closing stops it and
   * frees its lock.
   */
  public static AutoCloseable open(
      Component component, Map<String, String> environment, Launcher launcher) throws Exception {
    return open(component, environment, launcher, new AtomicReference<>());
  }

  private static Running open(
      Component component,
      Map<String, String> environment,
      Launcher launcher,
      AtomicReference<@Nullable Running> started)
      throws Exception {
    Home home = Home.resolve(environment);
    home.create();
    GyreConfig config = GyreConfig.load(home);
    LiveLock lock = LiveLock.take(home, component);
    Logs.configure(
        home.logFile(component),
        Level.valueOf(config.logLevel()),
        environment.containsKey("JOURNAL_STREAM"));
    Running running =
        new Running(
            component, home, home.nextEpoch(component), new SystemdNotifier(environment), lock);
    started.set(running);
    running.launch(config, launcher);
    return running;
  }

  private static void shutDown(
      @Nullable Running running, CountDownLatch asked, CountDownLatch closed) {
    if (running != null) {
      running.stopping();
      asked.countDown();
      try {
        if (!closed.await(CLOSE_LIMIT_MS, TimeUnit.MILLISECONDS)) {
          log.warn("did not close within {} ms; ending all the same", CLOSE_LIMIT_MS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      log.info("{} stopped", running.component.id());
    }
    Runtime.getRuntime().halt(0);
  }

  private static void report(Component component, GyreException e, PrintStream out) {
    out.println("gyre " + component.id() + ": " + e.getMessage());
    if (e.violations().size() > 1) {
      for (Violation violation : e.violations()) {
        out.println("  " + violation.text());
      }
    } else if (!e.violations().isEmpty()) {
      out.println("  " + e.violations().getFirst().text());
    }
    if (e.hint() != null) {
      out.println("  " + e.hint());
    }
  }
}
