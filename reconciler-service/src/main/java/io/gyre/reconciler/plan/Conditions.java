package io.gyre.reconciler.plan;

import io.gyre.model.Condition;
import io.gyre.model.DeploymentPhase;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.Halt;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.ProbeRecord;
import io.gyre.model.RolloutRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The conditions of a deployment and of its instances, from the rows about them. Pure. */
public final class Conditions {
  private final List<Condition> conditions = new ArrayList<>();
  private final long generation;
  private final Map<String, String> away;
  private final Instant now;

  private Conditions(long generation, Map<String, String> away, Instant now) {
    this.generation = generation;
    this.away = away;
    this.now = now;
  }

  /** What is as it was keeps its time. */
  public static List<Condition> since(List<Condition> before, List<Condition> next) {
    List<Condition> all = new ArrayList<>();
    for (Condition each : next) {
      Instant since = each.since();
      for (Condition old : before) {
        if (old.type() == each.type() && old.status() == each.status()) {
          since = old.since();
        }
      }
      all.add(each.since(since));
    }
    return all;
  }

  private void add(
      Condition.Type type, Condition.Status status, String reason, @Nullable String message) {
    conditions.add(new Condition(type, status, reason, message, now, generation));
  }

  // ---- a deployment

  /**
   * @param desired what runs, or is to
   * @param status as it follows from the same rows
   * @param rollout of the wanted revision; null: none
   * @param probes of its instances
   * @param away runtimes that don't answer, and why: what is said of their instances is what was
   *     seen last
   */
  public static List<Condition> ofDeployment(
      DesiredDeployment desired,
      Plan.Status status,
      Collection<InstanceRecord> instances,
      @Nullable RolloutRecord rollout,
      Map<InstanceId, List<ProbeRecord>> probes,
      Map<String, String> away,
      Instant now) {
    Conditions made = new Conditions(desired.generation(), away, now);
    made.available(desired, instances);
    made.progressing(desired, status, rollout);
    made.healthy(desired, instances, probes);
    boolean waits = status.phase() == DeploymentPhase.PENDING && "waiting".equals(status.reason());
    if (waits) {
      made.add(Condition.Type.WAITING, Condition.Status.TRUE, "waiting", status.message());
    } else {
      made.add(Condition.Type.WAITING, Condition.Status.FALSE, "nothing_awaited", null);
    }
    if (desired.paused()) {
      made.add(Condition.Type.PAUSED, Condition.Status.TRUE, "paused", null);
    } else {
      made.add(Condition.Type.PAUSED, Condition.Status.FALSE, "not_paused", null);
    }
    made.stopped(desired, status);
    return made.conditions;
  }

  private void available(DesiredDeployment desired, Collection<InstanceRecord> instances) {
    Halt halt = desired.halted();
    if (desired.deleted()) {
      add(Condition.Type.AVAILABLE, Condition.Status.FALSE, "deleting", null);
    } else if (halt != null) {
      add(Condition.Type.AVAILABLE, Condition.Status.FALSE, halt.reason(), halt.message());
    } else if (desired.replicas() == 0) {
      add(Condition.Type.AVAILABLE, Condition.Status.TRUE, "none_wanted", null);
    } else {
      long serve = instances.stream().filter(i -> i.ready() && !i.removing()).count();
      int least =
          Math.max(1, desired.replicas() - desired.rollout().unavailable(desired.replicas()));
      String why = away(instances);
      if (serve < least) {
        add(
            Condition.Type.AVAILABLE,
            Condition.Status.FALSE,
            "too_few_serve",
            serve + " of " + desired.replicas() + " serve");
      } else if (why != null) {
        add(Condition.Type.AVAILABLE, Condition.Status.UNKNOWN, "runtime_away", why);
      } else {
        add(Condition.Type.AVAILABLE, Condition.Status.TRUE, "enough_serve", null);
      }
    }
  }

  /** Why it isn't known what runs; null: it is. */
  private @Nullable String away(Collection<InstanceRecord> instances) {
    if (!away.isEmpty()) {
      for (InstanceRecord instance : instances) {
        String why = away(instance);
        if (why != null) {
          return why;
        }
      }
    }
    return null;
  }

  private @Nullable String away(InstanceRecord instance) {
    return instance.removing() || instance.state() == InstanceState.STOPPED
        ? null
        : away.get(instance.runtime());
  }

  private void progressing(
      DesiredDeployment desired, Plan.Status status, @Nullable RolloutRecord rollout) {
    RolloutRecord.State state = rollout == null ? RolloutRecord.State.COMPLETE : rollout.state();
    boolean there =
        status.phase() == DeploymentPhase.RUNNING || status.phase() == DeploymentPhase.STOPPED;
    if (desired.deleted()) {
      add(Condition.Type.PROGRESSING, Condition.Status.TRUE, "deleting", status.message());
    } else if (desired.halted() != null) {
      if (there) {
        add(Condition.Type.PROGRESSING, Condition.Status.FALSE, "stopped", null);
      } else {
        add(Condition.Type.PROGRESSING, Condition.Status.TRUE, "stopping", status.message());
      }
    } else if (state == RolloutRecord.State.FAILED && !there) {
      add(Condition.Type.PROGRESSING, Condition.Status.FALSE, "rollout_failed", message(rollout));
    } else if (state == RolloutRecord.State.ROLLED_BACK && there) {
      add(Condition.Type.PROGRESSING, Condition.Status.FALSE, "rolled_back", message(rollout));
    } else if (there) {
      add(Condition.Type.PROGRESSING, Condition.Status.FALSE, "complete", null);
    } else if ("waiting".equals(status.reason())) {
      add(Condition.Type.PROGRESSING, Condition.Status.FALSE, "waiting", status.message());
    } else if (desired.paused() && state == RolloutRecord.State.PROGRESSING) {
      add(Condition.Type.PROGRESSING, Condition.Status.FALSE, "paused", null);
    } else if (state == RolloutRecord.State.CANARY) {
      add(Condition.Type.PROGRESSING, Condition.Status.FALSE, "canary", message(rollout));
    } else {
      add(Condition.Type.PROGRESSING, Condition.Status.TRUE, "creating", status.message());
    }
  }

  private static @Nullable String message(@Nullable RolloutRecord rollout) {
    return rollout == null ? null : rollout.message();
  }

  private void healthy(
      DesiredDeployment desired,
      Collection<InstanceRecord> instances,
      Map<InstanceId, List<ProbeRecord>> probes) {
    String why = away(instances);
    if (why != null) {
      add(Condition.Type.HEALTHY, Condition.Status.UNKNOWN, "runtime_away", why);
      return;
    }
    boolean undecided = false;
    boolean any = false;
    for (InstanceRecord instance : instances) {
      if (instance.removing() || instance.revision() != desired.revision()) {
        continue;
      }
      any = true;
      List<ProbeRecord> ofIt = probes.getOrDefault(instance.id(), List.of());
      String bad = bad(instance, ofIt);
      if (bad != null) {
        ProbeRecord failing = failing(instance, ofIt);
        String words =
            failing != null && bad.equals("health_check_failing")
                ? instance.id() + ": " + lastFailure(failing)
                : instance.state() == InstanceState.FAILED
                    ? instance.id() + ": " + instance.message()
                    : PhaseOf.crash(instance);
        add(Condition.Type.HEALTHY, Condition.Status.FALSE, bad, words);
        return;
      }
      undecided |= instance.state() != InstanceState.RUNNING;
    }
    if (any && !undecided) {
      add(Condition.Type.HEALTHY, Condition.Status.TRUE, "all_well", null);
    } else if (desired.halted() != null) {
      add(Condition.Type.HEALTHY, Condition.Status.UNKNOWN, "stopped", null);
    } else {
      add(
          Condition.Type.HEALTHY,
          Condition.Status.UNKNOWN,
          any ? "not_all_run" : "no_instances",
          null);
    }
  }

  /** What is wrong with it, as a reason; null: nothing that is known. */
  private static @Nullable String bad(InstanceRecord instance, Collection<ProbeRecord> probes) {
    return switch (instance.state()) {
      case CRASH_LOOPING -> "crash_loop_back_off";
      case BACKING_OFF -> "back_off";
      case FAILED -> failure(instance.reason());
      case RUNNING -> failing(instance, probes) == null ? null : "health_check_failing";
      case PENDING, STARTING, STOPPING, EXITED, STOPPED, UNKNOWN -> null;
    };
  }

  private void stopped(DesiredDeployment desired, Plan.Status status) {
    Halt halt = desired.halted();
    if (halt == null || desired.deleted()) {
      add(Condition.Type.STOPPED, Condition.Status.FALSE, "not_asked_for", null);
    } else if (status.phase() == DeploymentPhase.STOPPED) {
      add(Condition.Type.STOPPED, Condition.Status.TRUE, halt.reason(), halt.message());
    } else {
      add(Condition.Type.STOPPED, Condition.Status.FALSE, "stopping", halt.message());
    }
  }

  // ---- an instance

  /**
   * Their generation is the instance's revision, which is all that it is made from.
   *
   * @param probes of this instance
   * @param away as in {@link #ofDeployment}
   */
  public static List<Condition> ofInstance(
      InstanceRecord instance,
      Collection<ProbeRecord> probes,
      Map<String, String> away,
      Instant now) {
    Conditions made = new Conditions(instance.revision(), away, now);
    made.started(instance);
    made.ready(instance);
    made.healthy(instance, probes);
    if (instance.state() == InstanceState.CRASH_LOOPING) {
      made.add(
          Condition.Type.CRASH_LOOPING,
          Condition.Status.TRUE,
          "crash_loop_back_off",
          PhaseOf.crash(instance));
    } else {
      made.add(Condition.Type.CRASH_LOOPING, Condition.Status.FALSE, "not_looping", null);
    }
    return made.conditions;
  }

  private void started(InstanceRecord instance) {
    String why = away(instance);
    if (why != null) {
      add(Condition.Type.STARTED, Condition.Status.UNKNOWN, "runtime_away", why);
      return;
    }
    switch (instance.state()) {
      case RUNNING -> add(Condition.Type.STARTED, Condition.Status.TRUE, "running", null);
      case CRASH_LOOPING -> {
        boolean runs = instance.pid() != null && instance.nextStartAt() == null;
        add(
            Condition.Type.STARTED,
            runs ? Condition.Status.TRUE : Condition.Status.FALSE,
            runs ? "running" : "crash_loop_back_off",
            null);
      }
      case BACKING_OFF ->
          add(Condition.Type.STARTED, Condition.Status.FALSE, "back_off", instance.message());
      case FAILED ->
          add(
              Condition.Type.STARTED,
              Condition.Status.FALSE,
              failure(instance.reason()),
              instance.message());
      case UNKNOWN ->
          add(Condition.Type.STARTED, Condition.Status.UNKNOWN, "unknown", instance.message());
      case PENDING, STARTING, STOPPING, EXITED, STOPPED ->
          add(
              Condition.Type.STARTED,
              Condition.Status.FALSE,
              instance.state().id(),
              instance.message());
    }
  }

  private void ready(InstanceRecord instance) {
    if (instance.ready()) {
      add(Condition.Type.READY, Condition.Status.TRUE, "ready", null);
    } else if (instance.draining()) {
      add(
          Condition.Type.READY,
          Condition.Status.FALSE,
          InstanceRecord.DRAINING,
          instance.message());
    } else if (instance.state() == InstanceState.RUNNING) {
      add(Condition.Type.READY, Condition.Status.FALSE, "not_ready", instance.message());
    } else {
      add(Condition.Type.READY, Condition.Status.FALSE, "not_running", null);
    }
  }

  private void healthy(InstanceRecord instance, Collection<ProbeRecord> probes) {
    String why = away(instance);
    if (why != null) {
      add(Condition.Type.HEALTHY, Condition.Status.UNKNOWN, "runtime_away", why);
      return;
    }
    if (instance.state() != InstanceState.RUNNING) {
      add(Condition.Type.HEALTHY, Condition.Status.UNKNOWN, "not_running", null);
      return;
    }
    ProbeRecord failing = failing(instance, probes);
    boolean any = false;
    boolean undecided = false;
    for (ProbeRecord probe : probes) {
      if (ofThisRun(instance, probe)) {
        any = true;
        undecided |= probe.state() == ProbeRecord.State.UNKNOWN;
      }
    }
    if (failing != null) {
      add(
          Condition.Type.HEALTHY,
          Condition.Status.FALSE,
          "health_check_failing",
          lastFailure(failing));
    } else if (!any) {
      add(Condition.Type.HEALTHY, Condition.Status.UNKNOWN, "not_probed", null);
    } else if (undecided) {
      add(Condition.Type.HEALTHY, Condition.Status.UNKNOWN, "undecided", null);
    } else {
      add(Condition.Type.HEALTHY, Condition.Status.TRUE, "checks_pass", null);
    }
  }

  /** A check of the run that goes on which has failed; null: none has. */
  public static @Nullable ProbeRecord failing(
      InstanceRecord instance, Collection<ProbeRecord> probes) {
    for (ProbeRecord probe : probes) {
      if (probe.state() == ProbeRecord.State.FAILING && ofThisRun(instance, probe)) {
        return probe;
      }
    }
    return null;
  }

  private static boolean ofThisRun(InstanceRecord instance, ProbeRecord probe) {
    Instant run = probe.run();
    Instant started = instance.startedAt();
    if (run == null || started == null) {
      return Objects.equals(run, started);
    }
    return run.toEpochMilli() == started.toEpochMilli();
  }

  private static String lastFailure(ProbeRecord probe) {
    for (ProbeRecord.Answer answer : probe.answers().reversed()) {
      if (!answer.ok()) {
        return answer.detail();
      }
    }
    return probe.what();
  }

  /** The word that other tools have for such a failure; its code where they have none. */
  static String failure(@Nullable String code) {
    return switch (code) {
      case null -> "create_container_error";
      case "start_failed" -> "create_container_error";
      case "image_not_found",
          "image_pull_failed",
          "image_pull_unauthorized",
          "image_pull_unreachable",
          "image_invalid",
          "registry_login_invalid",
          "registry_password_not_found",
          "credential_helper_failed",
          "host_auth_not_allowed" ->
          "image_pull_back_off";
      case "network_pool_exhausted", "network_removed" -> "network_error";
      case "config.not_found", "config.entry_not_found" -> "config_error";
      case "disk_full", "state_directory_failed", "bind_source_missing", "working_dir_missing" ->
          "file_system_error";
      case "ports_exhausted" -> "insufficient_resources";
      default -> code;
    };
  }
}
