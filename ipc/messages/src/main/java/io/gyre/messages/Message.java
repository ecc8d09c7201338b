package io.gyre.messages;

import io.gyre.model.Component;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ErrorKind;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.PluginChange;
import io.gyre.model.PluginInfo;
import io.gyre.model.RuntimeInfo;
import io.gyre.model.UsageSample;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that is ever on the bus. Each kind has a number in {@link MessageCodec} that is never
 * used for another; fields are only added, at the end, with a default for senders that don't know
 * them.
 */
public sealed interface Message {

  /** From the API. */
  sealed interface Intent extends Message {}

  /**
   * From the reconciler to the runtime host; refused where its epoch is older than the newest seen.
   */
  sealed interface Command extends Message {}

  /** A fact from the runtime host. */
  sealed interface Fact extends Message {}

  /** The desired state of the deployment is now at this generation (or newer). */
  record DeploymentChanged(DeploymentKey deployment, long generation) implements Intent {}

  /** What images of the deployment are pulled with is another: what could not start may now. */
  record RegistryLoginChanged(DeploymentKey deployment) implements Intent {}

  /**
   * Asks the runtime host to connect to the Unix-domain socket and to write frames of the
   * instance's output (see {@link StreamFrame}) there until it ends or the socket closes.
   *
   * @param tail last lines only, -1: all
   */
  record OpenLogs(
      InstanceId instance, String socketPath, int tail, @Nullable Instant since, boolean follow)
      implements Intent {}

  /**
   * Asks the runtime host to connect to the Unix-domain socket and to run a command in the instance
   * with the socket as its standard streams (see {@link StreamFrame}).
   */
  record OpenExec(InstanceId instance, String socketPath, List<String> command) implements Intent {
    public OpenExec {
      command = List.copyOf(command);
    }
  }

  /**
   * Go back to the plugin that served the runtime before.
   *
   * @param fromSha256 which one must serve now: another is left alone, so that the same wish that
   *     arrives twice goes back once
   * @param actor who asks
   */
  record RollBackPlugin(String runtime, String fromSha256, String actor) implements Intent {}

  /**
   * Configs or secrets that the deployment follows by a signal have new versions, or may have: the
   * runtime host compares what its instances have.
   */
  record ContentChanged(DeploymentKey deployment) implements Intent {}

  /** A named volume is to go with all that is in it, from whichever runtime has it. Idempotent. */
  record RemoveVolume(String namespace, String name) implements Intent {}

  /**
   * The files of an instance were replaced, or couldn't be.
   *
   * @param message for users
   */
  record ContentRefreshed(
      InstanceId instance, DeploymentKey deployment, boolean failed, String message)
      implements Fact {}

  /**
   * All named volumes of a runtime.
   *
   * @param volumes as in {@code namespace/name}
   */
  record VolumesReported(String runtime, List<String> volumes) implements Fact {
    public VolumesReported {
      volumes = List.copyOf(volumes);
    }
  }

  /** Make it run; the spec is that of the deployment's revision in the store. Idempotent. */
  record StartInstance(
      InstanceId instance, DeploymentKey deployment, long revision, long generation)
      implements Command {}

  /** End it and forget all of it. Idempotent. */
  record RemoveInstance(InstanceId instance, DeploymentKey deployment, long generation)
      implements Command {}

  /** Stop and start it in place, once per nonce. */
  record RestartInstance(
      InstanceId instance, DeploymentKey deployment, long revision, long generation, long nonce)
      implements Command {}

  /**
   * End its processes and keep it: it stays stopped until it is started. Idempotent. Where nothing
   * of it is there, it is reported as stopped.
   */
  record StopInstance(InstanceId instance, DeploymentKey deployment, long revision, long generation)
      implements Command {}

  /**
   * Stop and start it in place, unless another main process runs than the one that was started
   * then. Idempotent.
   *
   * @param run to the millisecond
   */
  record RestartRun(
      InstanceId instance, DeploymentKey deployment, long revision, long generation, Instant run)
      implements Command {}

  /** Report all instances of all runtimes, then {@link InstancesReported} per runtime. */
  record ReportInstances() implements Command {}

  /** The runtime host serves; what it knew of running commands is gone. */
  record HostStarted() implements Fact {}

  /** A runtime appeared, changed or went away. */
  record RuntimeChanged(RuntimeInfo runtime) implements Fact {}

  record InstanceObserved(InstanceObservation observation) implements Fact {}

  record InstanceGone(InstanceId instance) implements Fact {}

  /**
   * All instances that the runtime has, each of which was sent as {@link InstanceObserved} right
   * before.
   */
  record InstancesReported(String runtime, List<InstanceId> instances) implements Fact {
    public InstancesReported {
      instances = List.copyOf(instances);
    }
  }

  /**
   * Of the instances whose ids lie in a range, those that the runtime has. Parts whose ranges cover
   * all ids take the place of {@link InstancesReported} where one message can't hold so many; each
   * part stands for itself.
   *
   * @param after the range begins behind this id; empty: with the first
   * @param through the range ends with this id; empty: with the last
   */
  record InstancesReportedPart(
      String runtime, String after, String through, List<InstanceId> instances) implements Fact {
    public InstancesReportedPart {
      instances = List.copyOf(instances);
    }

    public boolean covers(InstanceId id) {
      return id.value().compareTo(after) > 0
          && (through.isEmpty() || id.value().compareTo(through) <= 0);
    }
  }

  /** The command was carried out. The observations that it led to were sent before. */
  record CommandDone(InstanceId instance, long restartNonce) implements Fact {}

  /**
   * The command was not carried out.
   *
   * @param retryable whether the same may succeed without a change of the deployment
   */
  record CommandFailed(
      InstanceId instance,
      ErrorKind kind,
      String code,
      String message,
      @Nullable String hint,
      boolean retryable)
      implements Fact {
    /** The code where what runs was not stopped, since it could not be started again now. */
    public static final String POSTPONED = "restart.postponed";
  }

  /** All plugin jars that the host knows of; what isn't here is no more. */
  record PluginsReported(List<PluginInfo> plugins) implements Fact {
    public PluginsReported {
      plugins = List.copyOf(plugins);
    }
  }

  /** Something for the event log. */
  record PluginChanged(PluginChange change, String message) implements Fact {}

  /**
   * What running instances of a runtime use. What was read at once may come in several messages.
   *
   * @param round the same in all of them
   * @param last whether no more follow of this round
   */
  record UsageReported(String runtime, Instant round, boolean last, List<UsageSample> samples)
      implements Fact {
    /** So many samples are less than 64 KiB. */
    public static final int MOST_SAMPLES = 250;

    public UsageReported {
      samples = List.copyOf(samples);
    }
  }

  /** From the reconciler: the store has news up to this event; wake whoever watches. */
  record StateChanged(long lastEventSeq) implements Message {}

  /**
   * From the reconciler: nothing of the deleted deployment is left; its row may go unless it was
   * wanted again.
   */
  record DeploymentRemoved(DeploymentKey deployment, String uid, long generation)
      implements Message {}

  /**
   * From the reconciler: the rollout of a revision failed and another serves in its place; the
   * desired state is to follow, unless it was changed meanwhile.
   *
   * @param reason in words
   */
  record RolledBack(DeploymentKey deployment, String uid, long failed, long healthy, String reason)
      implements Message {}

  /**
   * From the reconciler: a health check stopped the deployment; the desired state is to follow,
   * unless it was changed since that generation.
   *
   * @param reason in words
   */
  record DeploymentHalted(DeploymentKey deployment, String uid, long generation, String reason)
      implements Message {}

  /**
   * From the reconciler: a deployment that is scaled by its load should have another number of
   * replicas; the desired state is to follow, unless it was changed meanwhile.
   *
   * @param generation of the desired state that this was decided on
   * @param reason in words
   */
  record ReplicasDecided(
      DeploymentKey deployment, String uid, long generation, int replicas, String reason)
      implements Message {}

  /** From the supervisor: a component was started, became ready, ended or is being restarted. */
  record ComponentChanged(Component component, String state, long pid, String message)
      implements Message {}
}
