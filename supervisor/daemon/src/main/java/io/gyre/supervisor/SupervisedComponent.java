package io.gyre.supervisor;

import io.gyre.component.ComponentMark;
import io.gyre.component.Home;
import io.gyre.component.LiveLock;
import io.gyre.model.Component;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One component and the thread that watches it.
 *
 * <pre>
 *        lock held by another ─▶ adopt: wait for its lock ─┐
 *  begin ┤                                                 ├─▶ ended ─▶ back off ─▶ begin
 *        └ free ─▶ start: wait for the process ────────────┘
 * </pre>
 */
final class SupervisedComponent {
  private static final Logger log = LoggerFactory.getLogger(SupervisedComponent.class);

  interface Reporter {
    void report(Component component, String state, long pid, String message);
  }

  private final Component component;
  private final Home home;
  private final Path launcher;
  private final Clock clock;
  private final Reporter reporter;
  private final RestartDelay delay = new RestartDelay();
  private final CountDownLatch stopping = new CountDownLatch(1);

  SupervisedComponent(
      Component component, Home home, Path launcher, Clock clock, Reporter reporter) {
    this.component = component;
    this.home = home;
    this.launcher = launcher;
    this.clock = clock;
    this.reporter = reporter;
  }

  void start() {
    Thread.ofPlatform().daemon().name("watch-" + component.id()).start(this::watch);
  }

  private void watch() {
    while (!isStopping()) {
      Instant begin = clock.instant();
      String end;
      try {
        end = LiveLock.held(home, component) ? adopt() : runProcess();
      } catch (IOException e) {
        end = "could not be started: " + e.getMessage();
      } catch (InterruptedException e) {
        return;
      }
      if (isStopping()) {
        return;
      }
      Duration wait = delay.afterEnd(Duration.between(begin, clock.instant()));
      reporter.report(
          component,
          "ended",
          0,
          end
              + (wait.isZero()
                  ? "; started again"
                  : "; started again in "
                      + wait.toMillis()
                      + " ms (early end "
                      + delay.earlyEnds()
                      + " in a row)"));
      pause(wait);
    }
  }

  /** Waits for the end of a component that an earlier supervisor started. */
  private String adopt() throws IOException {
    long pid = livePid().orElse(0L);
    reporter.report(component, "adopted", pid, "already runs");
    LiveLock.awaitFree(home, component);
    return "ended";
  }

  private String runProcess() throws IOException, InterruptedException {
    Path out = home.logs().resolve(component.id() + ".out");
    if (Files.exists(out) && Files.size(out) > 1 << 20) {
      Files.delete(out);
    }
    ProcessBuilder builder =
        new ProcessBuilder(List.of("setsid", launcher.toString(), "run", component.id()));
    builder.environment().put("GYRE_HOME", home.root().toString());
    // The notice of readiness is the supervisor's own affair.
    builder.environment().remove("NOTIFY_SOCKET");
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()));
    Process process = builder.start();
    reporter.report(component, "started", process.pid(), "started");
    int code = process.waitFor();
    return "ended with code " + code;
  }

  /** Sends SIGTERM to whatever runs as this component and starts no other. */
  void askToStop() {
    stopping.countDown();
    livePid()
        .flatMap(ProcessHandle::of)
        .ifPresent(
            process -> {
              log.info("stopping {} (pid {})", component.id(), process.pid());
              process.destroy();
            });
  }

  /** Waits for its end, and forces it at the deadline. */
  void awaitStopped(long deadlineNanos) {
    while (LiveLock.held(home, component)) {
      if (System.nanoTime() > deadlineNanos) {
        livePid()
            .flatMap(ProcessHandle::of)
            .ifPresent(
                process -> {
                  log.warn("{} did not stop; killed", component.id());
                  process.destroyForcibly();
                });
        return;
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** The pid in the mark file, if the lock is held and the process is one of Gyre's. */
  private Optional<Long> livePid() {
    if (!LiveLock.held(home, component)) {
      return Optional.empty();
    }
    return ComponentMark.read(home, component)
        .map(ComponentMark::pid)
        .filter(SupervisedComponent::isGyre);
  }

  private static boolean isGyre(long pid) {
    try {
      return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline")).contains("io.gyre");
    } catch (IOException e) {
      return false;
    }
  }

  private boolean isStopping() {
    return stopping.getCount() == 0;
  }

  private void pause(Duration wait) {
    try {
      if (stopping.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
        log.debug("{} is not started again", component.id());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
