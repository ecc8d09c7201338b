package io.gyre.reconciler.health;

import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceRecord;
import io.gyre.reconciler.plan.Planner;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The checks of one main process of one instance. Thread-safe. */
final class InstanceHealth {
  /** Until it is known whether it is ready: an instance that is up should serve at once. */
  private static final Duration EAGER = Duration.ofMillis(250);

  private final InstanceRecord instance;
  private final List<HealthCheck> checks;
  private final Probes probes;
  private final ScheduledExecutorService timer;
  private final HealthMonitor.UnhealthyListener unhealthy;
  private final HealthMonitor.ReadinessListener readiness;
  private final Run[] runs;
  private volatile boolean stopped;
  private @Nullable Boolean ready;

  /** How one check has gone so far. */
  private static final class Run {
    int failures;
    int successes;
    boolean done;
    boolean passing;
    boolean everPassed;
    long passingSinceNanos;
    // The first look comes right after the start and is never held against the instance.
    long countedNanos = System.nanoTime();
  }

  InstanceHealth(
      InstanceRecord instance,
      List<HealthCheck> checks,
      Probes probes,
      ScheduledExecutorService timer,
      HealthMonitor.UnhealthyListener unhealthy,
      HealthMonitor.ReadinessListener readiness) {
    this.instance = instance;
    this.checks = checks;
    this.probes = probes;
    this.timer = timer;
    this.unhealthy = unhealthy;
    this.readiness = readiness;
    this.runs = new Run[checks.size()];
    for (int i = 0; i < runs.length; i++) {
      runs[i] = new Run();
    }
  }

  boolean sameAs(InstanceRecord other, List<HealthCheck> otherChecks) {
    return Objects.equals(instance.pid(), other.pid())
        && Objects.equals(instance.startedAt(), other.startedAt())
        && Objects.equals(instance.address(), other.address())
        && checks.equals(otherChecks);
  }

  /** Begins with the startup checks; the others follow once all of those have succeeded. */
  void start() {
    boolean startup = checks.stream().anyMatch(HealthCheck::startup);
    begin(startup);
  }

  private void begin(boolean startup) {
    for (int i = 0; i < checks.size(); i++) {
      if (checks.get(i).startup() == startup) {
        int index = i;
        Thread.startVirtualThread(() -> probe(index));
      }
    }
  }

  void stop() {
    stopped = true;
  }

  private void probe(int index) {
    if (stopped) {
      return;
    }
    HealthCheck check = checks.get(index);
    ProbeResult result = probes.probe(check, instance);
    if (stopped) {
      return;
    }
    Duration again;
    boolean startedUp = false;
    synchronized (this) {
      Run run = runs[index];
      if (result.ok()) {
        succeededOnce(check, run);
      } else {
        run.successes = 0;
        if (!starting(check) && due(check, run)) {
          failedOnce(check, run, result);
        }
      }
      again = judgeReadiness(result, check.interval());
      boolean undecided = check.startup() || (check.readiness() && ready == null);
      if (undecided && EAGER.compareTo(again) < 0) {
        again = EAGER;
      }
      if (check.startup() && run.passing) {
        run.done = true;
        startedUp = startedUp();
      }
    }
    if (startedUp) {
      begin(false);
    }
    if (!(check.startup() && runs[index].done)) {
      schedule(index, again);
    }
  }

  private static void succeededOnce(HealthCheck check, Run run) {
    run.failures = 0;
    run.everPassed = true;
    run.successes++;
    if (!run.passing && run.successes >= check.successThreshold()) {
      run.passing = true;
      run.passingSinceNanos = System.nanoTime();
    }
  }

  private boolean startedUp() {
    for (int i = 0; i < runs.length; i++) {
      if (checks.get(i).startup() && !runs[i].done) {
        return false;
      }
    }
    return true;
  }

  /** Eager looks before the first success count only as often as the check's interval says. */
  private static boolean due(HealthCheck check, Run run) {
    long now = System.nanoTime();
    if (!run.everPassed && now - run.countedNanos < check.interval().toNanos()) {
      return false;
    }
    run.countedNanos = now;
    return true;
  }

  private void failedOnce(HealthCheck check, Run run, ProbeResult result) {
    run.failures++;
    if (run.failures >= check.threshold()) {
      run.passing = false;
    }
    boolean restart = check.onFailure() == HealthCheck.OnFailure.RESTART;
    // An alert is told once; a restart that did not happen is asked for again.
    if (restart ? run.failures % check.threshold() == 0 : run.failures == check.threshold()) {
      unhealthy.unhealthy(
          instance.deployment(),
          instance.id(),
          restart,
          result.detail() + " (" + run.failures + " times in a row)");
    }
  }

  private boolean starting(HealthCheck check) {
    Instant startedAt = instance.startedAt();
    return startedAt != null && !Planner.livedFor(startedAt, check.startPeriod(), Instant.now());
  }

  /**
   * Tells a change of readiness. It isn't known until every readiness check passed long enough, or
   * one failed as often as its threshold says.
   *
   * @return when to look again at the latest
   */
  private Duration judgeReadiness(ProbeResult result, Duration interval) {
    boolean any = false;
    boolean all = true;
    boolean failed = false;
    Duration next = interval;
    for (int i = 0; i < runs.length; i++) {
      HealthCheck check = checks.get(i);
      if (!check.readiness()) {
        continue;
      }
      any = true;
      Duration left =
          check
              .minHealthyTime()
              .minus(Duration.ofNanos(System.nanoTime() - runs[i].passingSinceNanos));
      if (!runs[i].passing) {
        all = false;
        failed |= runs[i].failures >= check.threshold();
      } else if (left.isPositive() && !Boolean.TRUE.equals(ready)) {
        all = false;
        next = left.compareTo(next) < 0 ? left.plusMillis(5) : next;
      }
    }
    Boolean judged = all ? Boolean.TRUE : failed ? Boolean.FALSE : ready;
    if (any && judged != null && !judged.equals(ready)) {
      ready = judged;
      readiness.readiness(instance.deployment(), instance.id(), judged, result.detail());
    }
    return next;
  }

  private void schedule(int index, Duration delay) {
    try {
      var _ =
          timer.schedule(
              () -> Thread.startVirtualThread(() -> probe(index)),
              Math.max(1, delay.toMillis()),
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      stopped = true;
    }
  }
}
