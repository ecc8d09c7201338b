package io.gyre.reconciler.health;

import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.ProbeRecord;
import io.gyre.model.ProbeRecord.State;
import io.gyre.reconciler.plan.Planner;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checks of one main process of one instance. Thread-safe. Verdicts are told in order, one at a
 * time, and never with the lock held.
 */
final class InstanceHealth {
  private static final Logger log = LoggerFactory.getLogger(InstanceHealth.class);

  /** Until it is known whether it is ready: an instance that is up should serve at once. */
  private static final Duration EAGER = Duration.ofMillis(250);

  private final InstanceRecord instance;
  private final List<HealthCheck> checks;
  private final Probes probes;
  private final ProbeTimer timer;
  private final Consumer<Verdict> listener;
  private final Run[] runs;
  private final Queue<Verdict> verdicts = new ArrayDeque<>();
  private boolean telling;
  private volatile boolean stopped;
  private @Nullable Boolean ready;

  /** How one check has gone so far. */
  private static final class Run {
    final CheckHistory history;
    int failures;
    int successes;
    boolean done;
    boolean passing;
    boolean everPassed;
    long passingSinceNanos;
    long failingSinceNanos;
    @Nullable Future<?> next;
    // The first look comes right after the start and is never held against the instance.
    long countedNanos = System.nanoTime();

    Run(CheckHistory history, HealthCheck check, Instant now) {
      this.history = history;
      ProbeRecord known = history.record();
      passing = known.state() == State.PASSING;
      everPassed = passing;
      done = passing && check.startup();
      Duration passed = Duration.between(known.since(), now);
      passingSinceNanos = System.nanoTime() - (passed.isNegative() ? 0 : passed.toNanos());
    }
  }

  /**
   * @param before what is known of its checks
   */
  InstanceHealth(
      InstanceRecord instance,
      List<HealthCheck> checks,
      List<ProbeRecord> before,
      Probes probes,
      ProbeTimer timer,
      Consumer<Verdict> listener) {
    this.instance = instance;
    this.checks = checks;
    this.probes = probes;
    this.timer = timer;
    this.listener = listener;
    this.runs = new Run[checks.size()];
    Instant now = Instant.now();
    boolean decided = true;
    for (int i = 0; i < runs.length; i++) {
      int index = i;
      ProbeRecord known =
          before.stream().filter(each -> each.index() == index).findFirst().orElse(null);
      HealthCheck check = checks.get(i);
      runs[i] = new Run(new CheckHistory(instance, i, check, known, now), check, now);
      decided &= runs[i].history.record().state() != State.UNKNOWN;
    }
    this.ready = (decided && instance.ready()) ? Boolean.TRUE : null;
  }

  boolean sameAs(InstanceRecord other, List<HealthCheck> otherChecks) {
    return Objects.equals(instance.pid(), other.pid())
        && Objects.equals(instance.startedAt(), other.startedAt())
        && Objects.equals(instance.address(), other.address())
        && checks.equals(otherChecks);
  }

  InstanceId id() {
    return instance.id();
  }

  /** How it stands with its checks. */
  synchronized List<ProbeRecord> records() {
    List<ProbeRecord> all = new ArrayList<>(runs.length);
    for (Run run : runs) {
      all.add(run.history.record());
    }
    return all;
  }

  /** What is to be stored; counts as stored from now on. */
  synchronized void takeUnsaved(List<ProbeRecord> into) {
    for (Run run : runs) {
      if (run.history.unsaved()) {
        into.add(run.history.take());
      }
    }
  }

  synchronized boolean unsaved() {
    for (Run run : runs) {
      if (run.history.unsaved()) {
        return true;
      }
    }
    return false;
  }

  synchronized void forgetSaved() {
    for (Run run : runs) {
      run.history.forgetSaved();
    }
  }

  /** Begins with the startup checks; the others follow once all of those have succeeded. */
  void start() {
    begin(!startedUp());
  }

  private void begin(boolean startup) {
    for (int i = 0; i < checks.size(); i++) {
      if (checks.get(i).startup() == startup && !runs[i].done) {
        int index = i;
        if (runs[i].history.record().state() == State.UNKNOWN) {
          Thread.startVirtualThread(() -> probe(index));
        } else {
          // Known from before this process began: no need to ask all at once.
          Duration wait = checks.get(i).interval().multipliedBy(timer.permille()).dividedBy(1000);
          synchronized (this) {
            runs[i].next = timer.after(wait, () -> probe(index));
          }
        }
      }
    }
  }

  void stop() {
    stopped = true;
    synchronized (this) {
      for (Run run : runs) {
        if (run.next != null) {
          run.next.cancel(false);
        }
      }
    }
  }

  private void probe(int index) {
    if (stopped) {
      return;
    }
    HealthCheck check = checks.get(index);
    long begun = System.nanoTime();
    ProbeResult result = probes.probe(check, instance);
    long latencyMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    if (stopped) {
      return;
    }
    boolean startedUp = false;
    synchronized (this) {
      Run run = runs[index];
      State before = run.history.record().state();
      boolean counted = false;
      if (result.ok()) {
        succeededOnce(check, run);
      } else {
        run.successes = 0;
        counted = !starting(check) && due(check, run);
        if (counted) {
          failedOnce(check, run);
        }
      }
      State state =
          run.passing ? State.PASSING : run.failures >= check.threshold() ? State.FAILING : before;
      run.history.answered(result, state, Instant.now(), latencyMs);
      if (state != before) {
        verdicts.add(new Verdict.Changed(instance.deployment(), instance.id(), startedAt()));
      }
      if (counted) {
        judge(check, run, result);
      }
      Duration again = judgeReadiness(result, check.interval());
      boolean undecided = check.startup() || (check.readiness() && ready == null);
      if (undecided && EAGER.compareTo(again) < 0) {
        again = EAGER;
      }
      if (check.startup() && run.passing) {
        run.done = true;
        startedUp = startedUp();
      }
      if (!run.done && !stopped) {
        run.next = timer.after(again, () -> probe(index));
      }
    }
    tell();
    if (startedUp) {
      begin(false);
    }
  }

  private @Nullable Instant startedAt() {
    return instance.startedAt();
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

  private static void failedOnce(HealthCheck check, Run run) {
    if (run.failures == 0) {
      run.failingSinceNanos = System.nanoTime();
    }
    run.failures++;
    if (run.failures >= check.threshold()) {
      run.passing = false;
    }
  }

  private void judge(HealthCheck check, Run run, ProbeResult result) {
    // An alert is told once; what did not happen is asked for again.
    boolean act =
        switch (check.onFailure()) {
          case ALERT -> run.failures == check.threshold();
          case RESTART, STOP -> run.failures % check.threshold() == 0;
        };
    if (act) {
      long passed = run.everPassed ? run.failingSinceNanos - run.passingSinceNanos : 0;
      verdicts.add(
          new Verdict.Unhealthy(
              instance.deployment(),
              instance.id(),
              startedAt(),
              check.onFailure(),
              result.detail() + " (" + run.failures + " times in a row)",
              Duration.ofNanos(Math.max(0, passed))));
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
      verdicts.add(
          new Verdict.Readiness(
              instance.deployment(), instance.id(), startedAt(), judged, result.detail()));
    }
    return next;
  }

  /** By one thread at a time, so that the order is kept. */
  private void tell() {
    while (true) {
      Verdict next;
      synchronized (this) {
        if (telling || verdicts.isEmpty()) {
          return;
        }
        next = verdicts.remove();
        telling = true;
      }
      try {
        listener.accept(next);
      } catch (RuntimeException e) {
        log.error("{} was not told", next, e);
      } finally {
        synchronized (this) {
          telling = false;
        }
      }
    }
  }
}
