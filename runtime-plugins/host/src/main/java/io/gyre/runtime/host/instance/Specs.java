package io.gyre.runtime.host.instance;

import io.gyre.model.ContainerSpec;
import io.gyre.model.ContentRef;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.NetworkMode;
import io.gyre.model.PortMapping;
import io.gyre.model.ProcessSpec;
import io.gyre.model.Resources;
import io.gyre.model.VolumeMount;
import io.gyre.model.WorkloadKind;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.Limits;
import io.gyre.runtime.spi.Mount;
import io.gyre.runtime.spi.PortSpec;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.Workload;
import io.gyre.store.SpecJson;
import io.gyre.store.StateReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns a revision in the store into what a runtime is given. */
final class Specs {
  private Specs() {}

  static DeploymentSpec read(StateReader store, DeploymentKey key, long revision) {
    return store
        .revisionSpec(key, revision)
        .orElseThrow(
            () ->
                new GyreException(
                    ErrorKind.NOT_FOUND,
                    "revision.not_found",
                    key + " has no revision " + revision,
                    null));
  }

  static InstanceSpec resolve(
      StateReader store, InstanceId id, DeploymentKey key, long revision, DeploymentSpec spec) {
    ProcessSpec process = spec.process();
    ContentReader contents = new ContentReader(store, key.namespace(), spec);
    return new InstanceSpec(
        id.value(),
        key.namespace(),
        key.name(),
        revision,
        workload(spec),
        contents.environment(),
        mounts(contents, spec.volumes()),
        spec.ports().stream().map(Specs::port).toList(),
        spec.labels(),
        limits(spec.resources()),
        spec.network() == NetworkMode.HOST,
        process == null ? ProcessSpec.DEFAULT_STOP_SIGNAL : process.stopSignal(),
        process == null ? ProcessSpec.DEFAULT_STOP_GRACE : process.stopGrace(),
        spec.kind() == WorkloadKind.WORKER ? RestartPolicy.WORKER : RestartPolicy.NEVER,
        SpecJson.hash(spec));
  }

  /** For an instance that is there and is only to be started again as it was made. */
  static InstanceSpec asMade(InstanceStatus status) {
    return new InstanceSpec(
        status.id(),
        status.namespace(),
        status.deployment(),
        status.revision(),
        new Workload.Container("", Workload.PullPolicy.NEVER, List.of(), null, false),
        Map.of(),
        List.of(),
        List.of(),
        Map.of(),
        Limits.NONE,
        false,
        ProcessSpec.DEFAULT_STOP_SIGNAL,
        ProcessSpec.DEFAULT_STOP_GRACE,
        RestartPolicy.WORKER,
        status.fingerprint());
  }

  private static Workload workload(DeploymentSpec spec) {
    ContainerSpec container = spec.container();
    if (container != null) {
      Workload.PullPolicy pull =
          switch (container.pullPolicy()) {
            case ALWAYS -> Workload.PullPolicy.ALWAYS;
            case IF_NOT_PRESENT -> Workload.PullPolicy.IF_NOT_PRESENT;
            case NEVER -> Workload.PullPolicy.NEVER;
          };
      return new Workload.Container(
          container.image(), pull, container.command(), container.user(), container.privileged());
    }
    ProcessSpec process = spec.process();
    if (process == null) {
      throw new AssertionError("a spec has an image or a process");
    }
    return new Workload.HostProcess(process.argv(), process.workingDir(), process.user());
  }

  private static List<Mount> mounts(ContentReader contents, List<VolumeMount> volumes) {
    List<Mount> mounts = new ArrayList<>();
    for (VolumeMount volume : volumes) {
      switch (volume.type()) {
        case BIND -> mounts.add(mount(Mount.Type.BIND, volume, null));
        case VOLUME -> mounts.add(mount(Mount.Type.VOLUME, volume, null));
        case CONFIG -> mounts.add(mount(Mount.Type.FILE, volume, content(contents, volume)));
        case SECRET -> {
          // The runtime asks for it when it needs it.
        }
      }
    }
    return mounts;
  }

  private static Mount mount(Mount.Type type, VolumeMount volume, @Nullable String content) {
    String source =
        volume.type() == VolumeMount.Type.CONFIG
            ? "config " + volume.source() + ", entry " + volume.key()
            : volume.source();
    return new Mount(type, source, content, volume.destination(), volume.readOnly());
  }

  private static String content(ContentReader contents, VolumeMount volume) {
    return contents.entry(ContentRef.config(volume.source()), volume.key());
  }

  private static PortSpec port(PortMapping port) {
    return new PortSpec(
        port.published(),
        port.target(),
        port.hostIp(),
        port.protocol() == PortMapping.Protocol.UDP
            ? PortSpec.Protocol.UDP
            : PortSpec.Protocol.TCP);
  }

  private static Limits limits(Resources resources) {
    return new Limits(
        resources.cpuLimitMillis(), resources.memoryLimitBytes(), resources.memoryRequestBytes());
  }
}
