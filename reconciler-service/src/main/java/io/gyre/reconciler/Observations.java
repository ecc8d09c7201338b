package io.gyre.reconciler;

import io.gyre.model.ExitRecord;
import io.gyre.model.InstanceObservation;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.ObservedState;
import io.gyre.reconciler.plan.Planner;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** How what a runtime sees becomes what is recorded. Pure. */
final class Observations {
  /** A main process that lived this long has not ended early. */
  static final Duration STABLE = Duration.ofSeconds(10);

  private Observations() {}

  /**
   * @param ready whether it counts as serving if it runs
   * @param halted whether its deployment is to stand still
   * @param job whether it is to end and to stay as it is then
   */
  static InstanceRecord applied(
      InstanceRecord row,
      InstanceObservation seen,
      boolean ready,
      boolean halted,
      boolean job,
      Instant now) {
    InstanceState state = state(row, seen, halted, job, now);
    boolean failing = state == InstanceState.FAILED;
    // What is seen of it changes nothing about when it is due, unless it is no longer the same.
    boolean drains =
        row.draining()
            && (row.removing() || (state == InstanceState.RUNNING && !startedAnew(row, seen)));
    return new InstanceRecord(
        row.id(),
        row.deployment(),
        row.revision(),
        row.ordinal(),
        row.runtime(),
        row.removing(),
        state,
        ready && state == InstanceState.RUNNING && !drains,
        seen.pid(),
        seen.handle(),
        seen.address(),
        seen.ports(),
        seen.restarts(),
        row.restartNonce(),
        row.createdAt(),
        millis(seen.startedAt()),
        drains || row.removing() ? row.nextStartAt() : millis(seen.nextStartAt()),
        exit(seen.lastExit() == null ? row.lastExit() : seen.lastExit()),
        drains ? row.reason() : failing ? "start_failed" : null,
        drains ? row.message() : seen.reason(),
        row.correlation(),
        now);
  }

  private static InstanceState state(
      InstanceRecord row, InstanceObservation seen, boolean halted, boolean job, Instant now) {
    boolean beingStopped =
        row.state() == InstanceState.STOPPING
            && (job ? seen.state().live() : halted && seen.state() != ObservedState.STOPPED);
    if (row.removing() || beingStopped) {
      return InstanceState.STOPPING;
    }
    return switch (seen.state()) {
      case STARTING -> InstanceState.STARTING;
      case RUNNING ->
          seen.crashLooping() && !stable(seen.startedAt(), now)
              ? InstanceState.CRASH_LOOPING
              : InstanceState.RUNNING;
      case BACKING_OFF ->
          seen.crashLooping() ? InstanceState.CRASH_LOOPING : InstanceState.BACKING_OFF;
      case EXITED -> InstanceState.EXITED;
      case STOPPED -> job ? InstanceState.EXITED : InstanceState.STOPPED;
      case FAILED -> InstanceState.FAILED;
    };
  }

  static boolean stable(@Nullable Instant startedAt, Instant now) {
    return livedFor(startedAt, STABLE, now);
  }

  static boolean livedFor(@Nullable Instant startedAt, Duration least, Instant now) {
    return Planner.livedFor(startedAt, least, now);
  }

  /** Whether another main process runs than before. */
  static boolean startedAnew(InstanceRecord row, InstanceObservation seen) {
    return seen.state() == ObservedState.RUNNING
        && (!Objects.equals(row.pid(), seen.pid())
            || !Objects.equals(millis(row.startedAt()), millis(seen.startedAt())));
  }

  /** Whether it says nothing that the row doesn't. */
  static boolean same(InstanceRecord row, InstanceRecord after) {
    return after.equals(
        new InstanceRecord(
            row.id(),
            row.deployment(),
            row.revision(),
            row.ordinal(),
            row.runtime(),
            row.removing(),
            row.state(),
            row.ready(),
            row.pid(),
            row.handle(),
            row.address(),
            row.ports(),
            row.restarts(),
            row.restartNonce(),
            row.createdAt(),
            row.startedAt(),
            row.nextStartAt(),
            row.lastExit(),
            row.reason(),
            row.message(),
            row.correlation(),
            after.updatedAt()));
  }

  private static @Nullable ExitRecord exit(@Nullable ExitRecord exit) {
    return exit == null
        ? null
        : new ExitRecord(exit.code(), exit.at().truncatedTo(ChronoUnit.MILLIS), exit.lastLines());
  }

  /** The store keeps milliseconds. */
  private static @Nullable Instant millis(@Nullable Instant instant) {
    return instant == null ? null : instant.truncatedTo(ChronoUnit.MILLIS);
  }
}
