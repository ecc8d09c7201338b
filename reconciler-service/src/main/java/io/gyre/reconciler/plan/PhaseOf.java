package io.gyre.reconciler.plan;

import io.gyre.model.DeploymentPhase;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ExitRecord;
import io.gyre.model.Halt;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How a deployment stands, from what is wanted and what is there. */
final class PhaseOf {
  private PhaseOf() {}

  static Plan.Status deployment(
      DesiredDeployment desired, List<InstanceRecord> all, @Nullable String waitsFor) {
    int ready = 0;
    int others = 0;
    for (InstanceRecord instance : all) {
      if (instance.revision() == desired.revision() && !instance.removing()) {
        ready += instance.ready() ? 1 : 0;
      } else {
        others++;
      }
    }
    if (desired.deleted()) {
      return new Plan.Status(
          DeploymentPhase.DELETING, ready, all.size(), "deleting", all.size() + " left to remove");
    }
    Halt halt = desired.halted();
    if (halt != null) {
      long left = all.stream().filter(i -> i.state() != InstanceState.STOPPED).count();
      return left == 0
          ? new Plan.Status(
              DeploymentPhase.STOPPED, ready, all.size(), halt.reason(), halt.message())
          : new Plan.Status(
              DeploymentPhase.CREATING, ready, all.size(), "stopping", stopping(all, left, halt));
    }
    InstanceRecord looping = first(desired, all, InstanceState.CRASH_LOOPING);
    if (looping != null) {
      return new Plan.Status(
          DeploymentPhase.CRASH_LOOPING, ready, all.size(), "crash_looping", crash(looping));
    }
    InstanceRecord failed = first(desired, all, InstanceState.FAILED);
    if (failed != null) {
      String reason = failed.reason() == null ? "start_failed" : failed.reason();
      return new Plan.Status(
          DeploymentPhase.FAILED, ready, all.size(), reason, failed.id() + ": " + failed.message());
    }
    for (InstanceRecord instance : all) {
      if (Planner.waitsForRoom(instance)) {
        return new Plan.Status(
            ready == 0 ? DeploymentPhase.PENDING : DeploymentPhase.CREATING,
            ready,
            all.size(),
            instance.reason(),
            instance.id() + " " + instance.message());
      }
    }
    if (desired.replicas() == 0 && all.isEmpty()) {
      return new Plan.Status(DeploymentPhase.STOPPED, 0, 0, null, null);
    }
    if (ready >= desired.replicas() && others == 0 && all.size() == desired.replicas()) {
      return new Plan.Status(DeploymentPhase.RUNNING, ready, all.size(), null, null);
    }
    if (waitsFor != null && desired.replicas() > 0) {
      return new Plan.Status(
          DeploymentPhase.PENDING, ready, all.size(), "waiting", "waits for " + waitsFor);
    }
    return new Plan.Status(
        DeploymentPhase.CREATING, ready, all.size(), "progressing", waiting(desired, all, ready));
  }

  private static String stopping(List<InstanceRecord> all, long left, Halt halt) {
    String words = left + " of " + all.size() + " left to stop: " + halt.message();
    for (InstanceRecord instance : all) {
      if (instance.state() == InstanceState.FAILED && instance.message() != null) {
        return words + "; " + instance.id() + ": " + instance.message();
      }
    }
    return words;
  }

  private static @Nullable InstanceRecord first(
      DesiredDeployment desired, List<InstanceRecord> all, InstanceState state) {
    for (InstanceRecord instance : all) {
      if (instance.revision() == desired.revision()
          && !instance.removing()
          && instance.state() == state) {
        return instance;
      }
    }
    return null;
  }

  static String crash(InstanceRecord instance) {
    StringBuilder text = new StringBuilder(instance.id().toString());
    ExitRecord exit = instance.lastExit();
    if (exit != null) {
      text.append(" exited with code ").append(exit.code());
    } else {
      text.append(" ends early");
    }
    text.append(", restarted ").append(instance.restarts()).append(" times");
    if (exit != null && !exit.lastLines().isEmpty()) {
      text.append("; it last printed: ").append(exit.lastLines().getLast());
    }
    return text.toString();
  }

  private static String waiting(DesiredDeployment desired, List<InstanceRecord> all, int ready) {
    StringBuilder text =
        new StringBuilder()
            .append(ready)
            .append(" of ")
            .append(desired.replicas())
            .append(" ready");
    for (InstanceRecord instance : all) {
      if (instance.removing()) {
        return text.append("; ").append(instance.id()).append(" is stopping").toString();
      }
      if (instance.revision() != desired.revision()) {
        return text.append("; revision ")
            .append(instance.revision())
            .append(" still runs")
            .toString();
      }
      if (!instance.ready()) {
        text.append("; ")
            .append(instance.id())
            .append(" is ")
            .append(instance.state().id().replace('_', ' '));
        if (instance.state() == InstanceState.RUNNING && instance.message() == null) {
          text.append(", not yet ready");
        }
        return instance.message() == null
            ? text.toString()
            : text.append(": ").append(instance.message()).toString();
      }
    }
    return text.toString();
  }
}
