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
 * configuration ─▶ lock (or stand by for it) ─▶ log ─▶ launch ─▶ ready … SIGTERM ─▶ close ─▶ exit 0
 *      │ exit 1      │ exit 5                             │ exit 1                     └ after 1.8 s (API: 7, supervisor: 8): exit 0 all the same
 * </pre>
 *
 * Every end is safe for workloads and for what was acknowledged: closing is a courtesy to other
 * processes.
 */
public final class ComponentMain {
  private static final Logger log = LoggerFactory.getLogger(ComponentMain.class);
  private static final long CLOSE_LIMIT_MS = 1800;

  /** Longer than it gives to requests in flight. */
  private static final long API_CLOSE_LIMIT_MS = 7000;

  /** It waits for the others. */
  private static final long SUPERVISOR_CLOSE_LIMIT_MS = 8000;

  /**
   * Starts the parts of a component; returns what stops them, in less than a second, or as long as
   * requests in flight take, which is bounded.
   */
  public interface Launcher {
    AutoCloseable launch(ComponentContext context) throws Exception;

    /**
     * Makes a later launch in this process faster, while another process still serves the data
     * root: the context is of an empty one that is thrown away. Does nothing that anybody could
     * see.
     */
    default void warmUp(ComponentContext scratch) throws Exception {}
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
    ProcessEnd.now(exit);
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
    Hangup.take();
    Home home = Home.resolve(environment);
    home.create();
    PendingRestore.finish(home);
    LiveConfig config = LiveConfig.open(home);
    LiveLock lock;
    if (Standby.wanted(environment)) {
      lock = new Standby(home, component).await(launcher);
      config = LiveConfig.open(home);
    } else {
      lock = LiveLock.take(home, component);
    }
    Logs.configure(
        home.logFile(component),
        Level.valueOf(config.current().logLevel()),
        environment.containsKey("JOURNAL_STREAM"));
    config.onReading(news -> Logs.level(Level.valueOf(news.config().logLevel())));
    config.begin(component);
    Running running = new Running(component, home, home.nextEpoch(component), environment, lock);
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
        long limit =
            switch (running.component) {
              case API -> API_CLOSE_LIMIT_MS;
              case SUPERVISOR -> SUPERVISOR_CLOSE_LIMIT_MS;
              case RECONCILER, RUNTIME -> CLOSE_LIMIT_MS;
            };
        if (!closed.await(limit, TimeUnit.MILLISECONDS)) {
          log.warn("did not close within {} ms; ending all the same", limit);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      log.info("{} stopped", running.component.id());
    }
    ProcessEnd.now(0);
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
