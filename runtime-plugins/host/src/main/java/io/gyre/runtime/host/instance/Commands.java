package io.gyre.runtime.host.instance;

import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.ErrorKind;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.InstanceRecord;
import io.gyre.model.ObservedState;
import io.gyre.model.RuntimeInfo;
import io.gyre.runtime.host.content.ContentFiles;
import io.gyre.runtime.host.plugin.RuntimeSlot;
import io.gyre.runtime.host.report.Cause;
import io.gyre.runtime.host.report.Reporter;
import io.gyre.runtime.host.restart.InstanceFiles;
import io.gyre.runtime.host.restart.Restarter;
import io.gyre.runtime.host.restart.Timers;
import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.Mount;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.Workload;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out what is in the mailboxes; blocks. Each command ends with {@link Message.CommandDone}
 * or {@link Message.CommandFailed}, unless a removal took its place.
 */
final class Commands {
  private static final Logger log = LoggerFactory.getLogger(Commands.class);

  /** Long enough for a large image over a slow line. */
  private static final Duration START = Duration.ofMinutes(30);

  private static final Duration START_IN_PLACE = Duration.ofMinutes(2);
  private static final Duration STOP_BEYOND_GRACE = Duration.ofSeconds(60);
  private static final Duration STOP_UNKNOWN_GRACE = Duration.ofMinutes(15);
  private static final Duration SHOW_STARTING_AFTER = Duration.ofMillis(200);

  private final Instances instances;
  private final Reporter reporter;
  private final Restarter restarter;
  private final InstanceFiles files;
  private final ContentFiles contents;
  private final StartFiles startFiles;
  private final Timers timers;
  private final Turns turns;
  private final HostPorts hostPorts = new HostPorts(Path.of("/proc"));

  Commands(
      Instances instances,
      Reporter reporter,
      Restarter restarter,
      InstanceFiles files,
      ContentFiles contents,
      Timers timers) {
    this.instances = instances;
    this.reporter = reporter;
    this.restarter = restarter;
    this.files = files;
    this.contents = contents;
    this.startFiles = new StartFiles(instances, contents);
    this.timers = timers;
    this.turns = new Turns(timers);
  }

  // --- start

  void start(Instance one, Mailbox.Task task, Message.StartInstance command, Cause cause) {
    InstanceId id = one.id();
    Optional<InstanceRecord> row = begin(one, cause, command.deployment());
    if (row.isEmpty()) {
      return;
    }
    Starting starting = new Starting(command.deployment(), command.revision(), row.get().runtime());
    try {
      Failpoints.hit("host.command.before");
      InstanceStatus status = makeRunning(one, task, starting);
      if (status != null) {
        Failpoints.hit("host.command.after");
        done(one, starting.slot(), status, 0, cause);
      }
    } catch (GyreException e) {
      startFailed(one, starting, e, cause);
    } finally {
      instances.startingEnds(id);
      one.commandEnds();
    }
  }

  /** What is known so far of a start. */
  private static final class Starting {
    final DeploymentKey deployment;
    final long revision;
    final String runtime;
    @Nullable RuntimeSlot slot;

    Starting(DeploymentKey deployment, long revision, String runtime) {
      this.deployment = deployment;
      this.revision = revision;
      this.runtime = runtime;
    }

    RuntimeSlot slot() {
      if (slot == null) {
        throw new IllegalStateException("no runtime yet");
      }
      return slot;
    }
  }

  /** Null: cancelled. */
  private @Nullable InstanceStatus makeRunning(Instance one, Mailbox.Task task, Starting starting) {
    requireNotElsewhere(one.id(), starting.runtime);
    RuntimeSlot slot = instances.requireReady(starting.runtime);
    starting.slot = slot;
    Timers.Timer slow = showStarting(one, starting, "waits for its turn to start");
    try {
      return turns.start(
          task, slot.name(), starting.deployment, () -> startInTurn(one, starting, slot));
    } finally {
      slow.cancel();
    }
  }

  /** Reads the spec only now: thousands may wait for their turn. */
  private @Nullable InstanceStatus startInTurn(Instance one, Starting starting, RuntimeSlot slot) {
    InstanceId id = one.id();
    DeploymentSpec spec = Specs.read(instances.store(), starting.deployment, starting.revision);
    InstanceSpec resolved =
        startFiles.resolve(slot, id, starting.deployment, starting.revision, spec);
    one.startsWith(resolved);
    if (resolved.restartPolicy().mode() == RestartPolicy.Mode.NEVER) {
      files.runsOnce(id.value(), starting.deployment.toString());
      InstanceStatus begun = begun(slot, id);
      if (begun != null) {
        return begun;
      }
    }
    if (!slot.has(Capability.SELF_RESTART)) {
      restarter.policy(id.value(), resolved.restartPolicy());
      if (restarter.restarting(id.value())) {
        return slot.inventory().find(id.value()).orElse(null);
      }
    }
    Timers.Timer slow = showStarting(one, starting, reason(resolved));
    try {
      InstanceStatus status =
          slot.callForStatus("start of " + id, START, runtime -> runtime.start(resolved));
      if (resolved.mounts().stream().anyMatch(mount -> mount.type() == Mount.Type.VOLUME)) {
        instances.volumesChanged();
      }
      return status;
    } catch (GyreException e) {
      throw hostPorts.explain(resolved.ports(), e);
    } finally {
      slow.cancel();
    }
  }

  /**
   * What runs once and was begun before, also by an earlier process for the same command; null: it
   * is still to be begun.
   */
  private static @Nullable InstanceStatus begun(RuntimeSlot slot, InstanceId id) {
    Optional<InstanceStatus> known = slot.inventory().find(id.value());
    if (known.isPresent() && known.get().startedAt() == null) {
      // An end may be on its way here; after the list it isn't.
      slot.list();
      known = slot.inventory().find(id.value());
    }
    return known
        .filter(status -> status.startedAt() != null || slot.has(Capability.SELF_RESTART))
        .orElse(null);
  }

  /** Where it lasts, what it waits for is told. */
  private Timers.Timer showStarting(Instance one, Starting starting, String reason) {
    InstanceId id = one.id();
    InstanceObservation waiting = observation(id, starting, ObservedState.STARTING, reason);
    instances.startingBegins(waiting);
    return timers.after(
        SHOW_STARTING_AFTER,
        () ->
            reporter.observed(
                () ->
                    instances.isStarting(waiting)
                            && starting.slot().inventory().find(id.value()).isEmpty()
                        ? waiting
                        : null,
                one.cause()));
  }

  private void requireNotElsewhere(InstanceId id, String runtime) {
    Optional<RuntimeSlot> holding = instances.runtimes().holding(id.value());
    if (holding.isPresent() && !holding.get().name().equals(runtime)) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          "instance.elsewhere",
          "instance " + id + " is already on runtime " + holding.get().name(),
          null);
    }
  }

  private static String reason(InstanceSpec spec) {
    return switch (spec.workload()) {
      case Workload.Container container ->
          switch (container.pullPolicy()) {
            case ALWAYS -> "starting, pulling image " + container.image();
            case IF_NOT_PRESENT ->
                "starting, pulling image " + container.image() + " unless it is there";
            case NEVER -> "starting";
          };
      case Workload.HostProcess process -> "starting";
    };
  }

  private void startFailed(Instance one, Starting starting, GyreException e, Cause cause) {
    InstanceId id = one.id();
    log.warn("{} was not started: {}", id, e.getMessage());
    if (instances.runtimes().holding(id.value()).isEmpty()) {
      reporter.observed(observation(id, starting, ObservedState.FAILED, e.getMessage()), cause);
    }
    failed(id, e, cause);
  }

  private static InstanceObservation observation(
      InstanceId id, Starting starting, ObservedState state, @Nullable String reason) {
    return Observations.absent(
        id, starting.deployment, starting.revision, starting.runtime, state, reason);
  }

  // --- remove

  void remove(Instance one, Mailbox.Task task, Message.RemoveInstance command, Cause cause) {
    InstanceId id = one.id();
    one.commandBegins(cause);
    instances.expect(id.value());
    restarter.hold(id.value());
    try {
      Failpoints.hit("host.command.before");
      Boolean removed =
          turns.command(
              task,
              () -> {
                for (RuntimeSlot slot : candidates(id)) {
                  slot.call(
                      "removal of " + id,
                      stopDeadline(one),
                      runtime -> {
                        runtime.remove(id.value());
                        return true;
                      });
                  slot.removed(id.value());
                }
                return true;
              });
      if (removed != null) {
        Failpoints.hit("host.command.after");
        contents.forget(id.value());
        if (instances.forget(id.value())) {
          reporter.fact(id, new Message.InstanceGone(id), cause);
        }
        reporter.fact(id, new Message.CommandDone(id, 0), cause);
        log.info("{} of {} is removed", id, command.deployment());
      }
    } catch (GyreException e) {
      log.warn("{} was not removed: {}", id, e.getMessage());
      failed(id, e, cause);
    } finally {
      one.commandEnds();
    }
  }

  /** Those that have it, else the one that should, else all, none of which may be away. */
  private List<RuntimeSlot> candidates(InstanceId id) {
    List<RuntimeSlot> all = new ArrayList<>(instances.runtimes().all());
    List<RuntimeSlot> holding =
        all.stream().filter(slot -> slot.inventory().find(id.value()).isPresent()).toList();
    if (!holding.isEmpty()) {
      return holding;
    }
    Optional<String> recorded = instances.recordedRuntime(id);
    if (recorded.isPresent()) {
      return List.of(instances.requireReady(recorded.get()));
    }
    for (RuntimeSlot slot : all) {
      if (slot.info().state() != RuntimeInfo.State.READY) {
        instances.requireReady(slot.name());
      }
    }
    return all;
  }

  // --- restart as asked for

  void restart(Instance one, Mailbox.Task task, Message.RestartInstance command, Cause cause) {
    InstanceId id = one.id();
    Optional<InstanceRecord> row = begin(one, cause, command.deployment());
    if (row.isEmpty()) {
      return;
    }
    Starting starting = new Starting(command.deployment(), command.revision(), row.get().runtime());
    try {
      Failpoints.hit("host.command.before");
      if (command.nonce() > files.nonce(id.value())) {
        restartOnce(one, task, starting, command.nonce(), cause);
      } else {
        RuntimeSlot slot = instances.locate(id);
        slot.inventory()
            .find(id.value())
            .ifPresent(status -> done(one, slot, status, command.nonce(), cause));
      }
    } catch (GyreException e) {
      startFailed(one, starting, e, cause);
    } finally {
      restarter.release(id.value(), false);
      instances.startingEnds(id);
      one.commandEnds();
    }
  }

  private void restartOnce(
      Instance one, Mailbox.Task task, Starting starting, long nonce, Cause cause) {
    InstanceId id = one.id();
    InstanceStatus status = stopAndStart(one, task, starting);
    if (status != null) {
      files.nonce(id.value(), nonce);
      restarter.release(id.value(), true);
      done(one, starting.slot(), status, nonce, cause);
    }
  }

  /** Null: cancelled. What was stopped and then not started is started as the row says. */
  private @Nullable InstanceStatus stopAndStart(
      Instance one, Mailbox.Task task, Starting starting) {
    InstanceId id = one.id();
    RuntimeSlot before = instances.locate(id);
    if (before
        .inventory()
        .find(id.value())
        .filter(status -> status.state() == InstanceStatus.State.RUNNING)
        .isPresent()) {
      instances.requireSecrets(id);
    }
    restarter.hold(id.value());
    Boolean stopped =
        turns.command(
            task,
            () ->
                before.call(
                    "stop of " + id,
                    stopDeadline(one),
                    runtime -> {
                      runtime.stop(id.value());
                      return true;
                    }));
    Failpoints.hit("host.restart.stopped");
    InstanceStatus status = stopped == null ? null : makeRunning(one, task, starting);
    if (status != null) {
      Failpoints.hit("host.command.after");
    }
    return status;
  }

  /** Nothing is done where that run has ended by itself meanwhile: its successor is another. */
  void restartRun(Instance one, Mailbox.Task task, Message.RestartRun command, Cause cause) {
    InstanceId id = one.id();
    Optional<InstanceRecord> row = begin(one, cause, command.deployment());
    if (row.isEmpty()) {
      return;
    }
    Starting starting = new Starting(command.deployment(), command.revision(), row.get().runtime());
    try {
      Failpoints.hit("host.command.before");
      RuntimeSlot slot = instances.locate(id);
      Optional<InstanceStatus> found = slot.inventory().find(id.value());
      Instant startedAt = found.map(InstanceStatus::startedAt).orElse(null);
      boolean same = startedAt != null && startedAt.toEpochMilli() == command.run().toEpochMilli();
      if (same && found.get().state() == InstanceStatus.State.RUNNING) {
        InstanceStatus status = stopAndStart(one, task, starting);
        if (status != null) {
          restarter.release(id.value(), true);
          done(one, starting.slot(), status, 0, cause);
        }
      } else {
        found.ifPresent(status -> done(one, slot, status, 0, cause));
      }
    } catch (GyreException e) {
      startFailed(one, starting, e, cause);
    } finally {
      restarter.release(id.value(), false);
      instances.startingEnds(id);
      one.commandEnds();
    }
  }

  // --- stop

  void stop(Instance one, Mailbox.Task task, Message.StopInstance command, Cause cause) {
    InstanceId id = one.id();
    if (begin(one, cause, command.deployment()).isEmpty()) {
      restarter.release(id.value(), false);
      return;
    }
    restarter.hold(id.value());
    boolean stopped = false;
    try {
      Failpoints.hit("host.command.before");
      List<InstanceStatus> seen =
          turns.command(
              task,
              () -> {
                List<InstanceStatus> all = new ArrayList<>();
                for (RuntimeSlot slot : candidates(id)) {
                  slot.callForStatusIfAny(
                          "stop of " + id, stopDeadline(one), runtime -> runtime.stop(id.value()))
                      .ifPresent(
                          status -> {
                            all.add(status);
                            instances.observe(slot, status);
                          });
                }
                return all;
              });
      if (seen != null) {
        Failpoints.hit("host.command.after");
        stopped = true;
        if (seen.isEmpty()) {
          reporter.observed(absentButStopped(id, command), cause);
        }
        reporter.fact(id, new Message.CommandDone(id, 0), cause);
        log.info("{} of {} is stopped", id, command.deployment());
      }
    } catch (GyreException e) {
      log.warn("{} was not stopped: {}", id, e.getMessage());
      failed(id, e, cause);
    } finally {
      restarter.release(id.value(), stopped);
      one.commandEnds();
    }
  }

  private InstanceObservation absentButStopped(InstanceId id, Message.StopInstance command) {
    return Observations.absent(
        id,
        command.deployment(),
        command.revision(),
        instances.recordedRuntime(id).orElse(""),
        ObservedState.STOPPED,
        null);
  }

  // --- start again in place

  void startInPlace(Instance one, Mailbox.Task task) {
    String id = one.id().value();
    RuntimeSlot slot = instances.runtimes().holding(id).orElse(null);
    InstanceStatus ended = slot == null ? null : slot.inventory().find(id).orElse(null);
    if (slot == null || ended == null || ended.state() != InstanceStatus.State.EXITED) {
      restarter.startAbandoned(id);
      return;
    }
    InstanceSpec known = one.nextSpec();
    InstanceSpec spec = known == null ? Specs.asMade(ended) : known;
    try {
      InstanceStatus status =
          turns.restartInPlace(
              task,
              () ->
                  slot.callForStatus(
                      "restart of " + id, START_IN_PLACE, runtime -> runtime.start(spec)));
      if (status == null) {
        restarter.startAbandoned(id);
        return;
      }
      one.nextSpec(null);
      restarter.startSucceeded(status);
      log.info("{} was restarted in place", id);
    } catch (GyreException e) {
      log.warn("{} was not restarted: {}", id, e.getMessage());
      adoptSpec(one, ended);
      restarter.startFailed(id, e);
    }
    instances.observeAgain(id);
  }

  /** The next try is made with all that is known. */
  private void adoptSpec(Instance one, InstanceStatus status) {
    if (one.nextSpec() != null) {
      return;
    }
    try {
      DeploymentKey key = new DeploymentKey(status.namespace(), status.deployment());
      DeploymentSpec spec = Specs.read(instances.store(), key, status.revision());
      RuntimeSlot slot = instances.locate(one.id());
      one.nextSpec(startFiles.resolve(slot, one.id(), key, status.revision(), spec));
    } catch (GyreException e) {
      log.debug("no spec for {}: {}", one.id(), e.getMessage());
    }
  }

  // --- shared

  /**
   * The reconciler's row; empty where the command is of an instance that is no longer wanted: one
   * that is to be removed, or that has no row.
   */
  private Optional<InstanceRecord> begin(Instance one, Cause cause, DeploymentKey deployment) {
    InstanceId id = one.id();
    Optional<InstanceRecord> row;
    try {
      row = instances.store().instance(id);
    } catch (GyreException e) {
      failed(id, e, cause);
      return Optional.empty();
    }
    // What somebody else removed is made again under its id; what was told to go has no such row.
    boolean wanted = row.isPresent() && !row.get().removing();
    if (!wanted) {
      log.info("{} of {} is no longer wanted; a command for it is ignored", id, deployment);
      return Optional.empty();
    }
    instances.expect(id.value());
    one.commandBegins(cause);
    reporter.repeat(id);
    return row;
  }

  private void done(
      Instance one, RuntimeSlot slot, InstanceStatus status, long nonce, Cause cause) {
    instances.observe(slot, status);
    reporter.fact(one.id(), new Message.CommandDone(one.id(), nonce), cause);
  }

  private void failed(InstanceId id, GyreException e, Cause cause) {
    boolean retryable = e.kind() != ErrorKind.INVALID && e.kind() != ErrorKind.UNSUPPORTED;
    String message = e.getMessage() == null ? e.code() : e.getMessage();
    reporter.fact(
        id, new Message.CommandFailed(id, e.kind(), e.code(), message, e.hint(), retryable), cause);
  }

  private static Duration stopDeadline(Instance one) {
    Duration grace = one.stopGrace();
    return grace == null ? STOP_UNKNOWN_GRACE : grace.plus(STOP_BEYOND_GRACE);
  }
}
