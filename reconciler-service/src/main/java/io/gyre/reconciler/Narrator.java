package io.gyre.reconciler;

import static io.gyre.model.EventRecord.Level.NORMAL;
import static io.gyre.model.EventRecord.Level.WARNING;

import io.gyre.model.BoundPort;
import io.gyre.model.ExitRecord;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.reconciler.plan.Ending;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Puts into words what changed between two looks at an instance. */
final class Narrator {
  private Narrator() {}

  static void tell(Batch batch, InstanceRecord before, InstanceRecord after, String correlation) {
    if (after.restarts() > before.restarts()) {
      batch.event(
          WARNING,
          after.id(),
          "instance_restarted",
          after.id()
              + ended(after.lastExit())
              + " and was restarted in place (restart "
              + after.restarts()
              + ")",
          correlation);
    }
    if (after.state() != before.state()) {
      stateChange(batch, before, after, correlation);
    } else if (after.state() == InstanceState.RUNNING
        && after.restarts() == before.restarts()
        && !Objects.equals(before.pid(), after.pid())) {
      batch.event(NORMAL, after.id(), "instance_started", started(after), correlation);
    }
    if (after.ready() != before.ready() && after.state() == InstanceState.RUNNING) {
      batch.event(
          after.ready() ? NORMAL : WARNING,
          after.id(),
          after.ready() ? "instance_ready" : "instance_not_ready",
          after.id()
              + (after.ready() ? " is ready" : " is not ready")
              + (after.message() == null ? "" : ": " + after.message()),
          correlation);
    }
  }

  private static void stateChange(
      Batch batch, InstanceRecord before, InstanceRecord after, String correlation) {
    switch (after.state()) {
      case RUNNING -> {
        if (before.state() == InstanceState.CRASH_LOOPING) {
          batch.event(
              NORMAL,
              after.id(),
              "instance_stable",
              after.id() + " runs stably again",
              correlation);
        } else if (after.restarts() == before.restarts()
            && !Objects.equals(before.pid(), after.pid())) {
          batch.event(NORMAL, after.id(), "instance_started", started(after), correlation);
        }
      }
      case BACKING_OFF ->
          batch.event(
              WARNING,
              after.id(),
              "instance_backing_off",
              after.id() + ended(after.lastExit()) + next(after),
              correlation);
      case CRASH_LOOPING ->
          batch.event(
              WARNING,
              after.id(),
              "instance_crash_looping",
              after.id()
                  + ended(after.lastExit())
                  + next(after)
                  + Ending.lastLine(after.lastExit()),
              correlation);
      case EXITED ->
          batch.event(
              after.lastExit() != null && after.lastExit().code() == 0 ? NORMAL : WARNING,
              after.id(),
              "instance_exited",
              after.id() + ended(after.lastExit()) + Ending.lastLine(after.lastExit()),
              correlation);
      case STOPPED -> {
        if (before.state() == InstanceState.STOPPING) {
          batch.event(
              NORMAL, after.id(), "instance_stopped", after.id() + " is stopped", correlation);
        }
      }
      case PENDING, STARTING, STOPPING, FAILED, UNKNOWN -> {}
    }
  }

  private static String started(InstanceRecord instance) {
    StringBuilder text = new StringBuilder(instance.id() + " runs");
    if (instance.pid() != null) {
      text.append(", pid ").append(instance.pid());
    }
    for (BoundPort port : instance.ports()) {
      text.append(", port ").append(port.port());
    }
    return text.toString();
  }

  private static String ended(@Nullable ExitRecord exit) {
    return " " + Ending.words(exit);
  }

  private static String next(InstanceRecord instance) {
    return instance.nextStartAt() == null ? "" : "; next start at " + instance.nextStartAt();
  }
}
