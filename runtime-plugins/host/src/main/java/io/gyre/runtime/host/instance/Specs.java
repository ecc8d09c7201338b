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
import io.gyre.runtime.host.content.ContentFiles;
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
import java.util.TreeMap;
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

  /**
   * @param files where the host writes files of configs; null: the runtime does it
   */
  static InstanceSpec resolve(
      ContentReader contents,
      InstanceId id,
      DeploymentKey key,
      long revision,
      DeploymentSpec spec,
      @Nullable ContentFiles files) {
    ProcessSpec process = spec.process();
    return new InstanceSpec(
        id.value(),
        key.namespace(),
        key.name(),
        revision,
        workload(spec),
        contents.environment(),
        mounts(contents, id.value(), spec.volumes(), files),
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

  /**
   * @param files null: the runtime writes the files itself
   */
  private static List<Mount> mounts(
      ContentReader contents, String id, List<VolumeMount> volumes, @Nullable ContentFiles files) {
    List<Mount> mounts = new ArrayList<>();
    for (int place = 0; place < volumes.size(); place++) {
      VolumeMount volume = volumes.get(place);
      switch (volume.type()) {
        case BIND -> mounts.add(mount(Mount.Type.BIND, volume));
        case VOLUME -> mounts.add(mount(Mount.Type.VOLUME, volume));
        case CONFIG -> mounts.add(config(contents, id, place, volume, files));
        case SECRET -> {
          // The runtime asks for it when it needs it.
        }
      }
    }
    return mounts;
  }

  private static Mount mount(Mount.Type type, VolumeMount volume) {
    return new Mount(type, volume.source(), null, volume.destination(), volume.readOnly());
  }

  private static Mount config(
      ContentReader contents,
      String id,
      int place,
      VolumeMount volume,
      @Nullable ContentFiles files) {
    String key = volume.key();
    String source =
        "config " + volume.source() + (key == null ? ", all entries" : ", entry " + key);
    if (files == null && key == null) {
      throw new GyreException(
          ErrorKind.UNSUPPORTED,
          "config.directory_unsupported",
          "the runtime can't mount all entries of a config as a directory",
          "mount single entries, with a key");
    }
    return new Mount(
        Mount.Type.FILE,
        source,
        files == null ? contents.entry(ContentRef.config(volume.source()), key) : null,
        volume.destination(),
        true,
        files == null ? null : files.path(id, place, key).toString());
  }

  /** The files of the configs that are mounted. */
  static List<ContentFiles.Item> items(ContentReader contents, DeploymentSpec spec) {
    List<ContentFiles.Item> items = new ArrayList<>();
    for (int place = 0; place < spec.volumes().size(); place++) {
      VolumeMount volume = spec.volumes().get(place);
      ContentRef content = volume.content();
      if (content != null && content.kind() == ContentRef.Kind.CONFIG) {
        String key = volume.key();
        if (key != null) {
          // Says what is missing.
          byte[] bytes = contents.bytes(content, key);
          items.add(new ContentFiles.Item(place, key, Map.of(key, bytes)));
        } else {
          Map<String, byte[]> all = new TreeMap<>();
          for (String each : contents.entries(content).keys()) {
            all.put(each, contents.bytes(content, each));
          }
          items.add(new ContentFiles.Item(place, null, all));
        }
      }
    }
    return items;
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
