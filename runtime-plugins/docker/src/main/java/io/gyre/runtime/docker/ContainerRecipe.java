package io.gyre.runtime.docker;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.InternetProtocol;
import com.github.dockerjava.api.model.LogConfig;
import com.github.dockerjava.api.model.Mount;
import com.github.dockerjava.api.model.MountType;
import com.github.dockerjava.api.model.PortBinding;
import com.github.dockerjava.api.model.Ports;
import com.github.dockerjava.api.model.RestartPolicy;
import io.gyre.runtime.spi.InstanceSecrets;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.Limits;
import io.gyre.runtime.spi.PortSpec;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import io.gyre.runtime.spi.Workload;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Turns a spec into the request that makes its container. */
final class ContainerRecipe {
  /** Bounds what an instance may print: the newest 30 MB are kept. */
  private static final LogConfig LOGS =
      new LogConfig(LogConfig.LoggingType.JSON_FILE, Map.of("max-size", "10m", "max-file", "3"));

  private ContainerRecipe() {}

  /**
   * Where the files are that are mounted, and what is secret.
   *
   * @param secretPaths of the volumes of {@code secrets}
   */
  record Files(FileMounts mounts, List<Path> secretPaths, InstanceSecrets secrets) {
    Files {
      secretPaths = List.copyOf(secretPaths);
    }
  }

  static String name(InstanceSpec spec) {
    return spec.namespace() + "_" + spec.id();
  }

  static String volumeName(String namespace, String source) {
    return "gyre_" + namespace + "_" + source;
  }

  /** Refuses what the engine would only refuse later, or would silently do otherwise. */
  static void check(InstanceSpec spec, boolean localEngine) throws RuntimeFailure {
    if (spec.hostNetwork() && !spec.ports().isEmpty()) {
      throw new RuntimeFailure(
          Kind.INVALID,
          "ports_with_host_network",
          "instance " + spec.id() + " publishes ports but is in the host's network",
          "remove the ports: in the host's network all of its ports are the host's");
    }
    for (io.gyre.runtime.spi.Mount mount : spec.mounts()) {
      switch (mount.type()) {
        case BIND -> {
          if (localEngine && !java.nio.file.Files.exists(Path.of(mount.source()))) {
            throw new RuntimeFailure(
                Kind.INVALID,
                "bind_source_missing",
                "bind mount of " + mount.source() + ": there is no such file or directory",
                "make it, or correct the source");
          }
        }
        case FILE -> {
          if (!localEngine) {
            throw new RuntimeFailure(
                Kind.UNSUPPORTED,
                "file_mount_remote",
                "the file mount at "
                    + mount.destination()
                    + " needs an engine on this host, not one reached by TCP",
                "use an engine with a Unix socket");
          }
        }
        case VOLUME -> {}
      }
    }
  }

  static CreateContainerCmd command(
      DockerClient docker,
      InstanceSpec spec,
      Workload.Container workload,
      String hostId,
      String network,
      Files files) {
    CreateContainerCmd command =
        docker
            .createContainerCmd(workload.image())
            .withName(name(spec))
            .withLabels(Labels.of(spec, hostId))
            .withEnv(
                Stream.concat(
                        spec.environment().entrySet().stream(),
                        files.secrets().environment().entrySet().stream())
                    .map(entry -> entry.getKey() + "=" + entry.getValue())
                    .sorted()
                    .toList())
            .withStopSignal(spec.stopSignal())
            .withStopTimeout(stopSeconds(spec.stopGrace().toMillis()))
            .withHostConfig(hostConfig(spec, workload, network, files));
    if (!workload.command().isEmpty()) {
      command.withCmd(workload.command());
    }
    if (workload.user() != null) {
      command.withUser(workload.user());
    }
    if (!spec.hostNetwork()) {
      command.withAliases(spec.deployment(), spec.id());
      command.withExposedPorts(spec.ports().stream().map(ContainerRecipe::exposed).toList());
    }
    return command;
  }

  /** The engine counts whole seconds; a grace is never cut short. */
  static int stopSeconds(long graceMs) {
    return (int) Math.min(Integer.MAX_VALUE, Math.ceilDiv(graceMs, 1000));
  }

  private static HostConfig hostConfig(
      InstanceSpec spec, Workload.Container workload, String network, Files files) {
    HostConfig host =
        HostConfig.newHostConfig()
            .withNetworkMode(network)
            .withRestartPolicy(RestartPolicy.noRestart())
            .withLogConfig(LOGS)
            .withPrivileged(workload.privileged())
            .withMounts(mounts(spec, files));
    List<PortBinding> ports =
        spec.ports().stream()
            .map(
                port ->
                    new PortBinding(
                        Ports.Binding.bindIpAndPort(port.hostIp(), port.published()),
                        exposed(port)))
            .toList();
    host.withPortBindings(ports);
    Limits limits = spec.limits();
    if (limits.cpuMillis() != null) {
      host.withNanoCPUs(limits.cpuMillis() * 1_000_000);
    }
    if (limits.memoryBytes() != null) {
      host.withMemory(limits.memoryBytes());
    }
    if (limits.memoryReservationBytes() != null) {
      host.withMemoryReservation(limits.memoryReservationBytes());
    }
    return host;
  }

  private static ExposedPort exposed(PortSpec port) {
    return new ExposedPort(
        port.target(),
        port.protocol() == PortSpec.Protocol.UDP ? InternetProtocol.UDP : InternetProtocol.TCP);
  }

  private static List<Mount> mounts(InstanceSpec spec, Files files) {
    List<Mount> mounts = new ArrayList<>();
    for (int place = 0; place < spec.mounts().size(); place++) {
      io.gyre.runtime.spi.Mount mount = spec.mounts().get(place);
      Mount made = new Mount().withTarget(mount.destination()).withReadOnly(mount.readOnly());
      mounts.add(
          switch (mount.type()) {
            case BIND -> made.withType(MountType.BIND).withSource(mount.source());
            case VOLUME ->
                made.withType(MountType.VOLUME)
                    .withSource(volumeName(spec.namespace(), mount.source()));
            case FILE ->
                made.withType(MountType.BIND)
                    .withSource(
                        mount.path() != null
                            ? mount.path()
                            : files.mounts().path(spec.id(), place).toString())
                    .withReadOnly(true);
          });
    }
    for (int place = 0; place < files.secrets().volumes().size(); place++) {
      mounts.add(
          new Mount()
              .withType(MountType.BIND)
              .withTarget(files.secrets().volumes().get(place).destination())
              .withSource(files.secretPaths().get(place).toString())
              .withReadOnly(true));
    }
    return mounts;
  }
}
