package io.gyre.runtime.docker;

import io.gyre.runtime.docker.RegistryLogins.HostAuth;
import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.RuntimeContext;
import io.gyre.runtime.spi.RuntimeDescription;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimePlugin;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.util.Set;
import java.util.TreeSet;

/**
 * Runs instances as containers of a Docker engine (API 1.24 and later).
 *
 * <p>Settings: {@code host}, {@code unix:///path} or {@code tcp://host:port} without TLS; by
 * default {@code DOCKER_HOST} of the environment, else {@code unix:///var/run/docker.sock}; {@code
 * use_host_auth}, {@code true} or the namespaces whose images may be pulled with the registry
 * logins of this user; {@code host_auth_file}, where those are, by default {@code
 * ~/.docker/config.json}.
 */
public final class DockerRuntimePlugin implements RuntimePlugin {
  private static final Set<String> SETTINGS = Set.of("host", "use_host_auth", "host_auth_file");

  @Override
  public RuntimeDescription describe() {
    String version = DockerRuntimePlugin.class.getPackage().getImplementationVersion();
    return new RuntimeDescription(
        "docker",
        version == null ? "dev" : version,
        Set.of(
            Capability.CONTAINER,
            Capability.LOGS,
            Capability.EXEC,
            Capability.PORTS,
            Capability.BIND_MOUNTS,
            Capability.VOLUMES,
            Capability.FILE_MOUNTS,
            Capability.HOST_FILES,
            Capability.SIGNAL,
            Capability.CPU_LIMIT,
            Capability.MEMORY_LIMIT,
            Capability.NETWORK_ALIAS,
            Capability.HOST_NETWORK,
            Capability.PRIVILEGED,
            Capability.USER,
            Capability.STATS,
            Capability.SECRETS,
            Capability.SECRET_REFRESH,
            Capability.REGISTRY_ACCESS));
  }

  @Override
  public WorkloadRuntime open(RuntimeContext context) throws RuntimeFailure {
    Set<String> unknown = new TreeSet<>(context.settings().keySet());
    unknown.removeAll(SETTINGS);
    if (!unknown.isEmpty()) {
      throw new RuntimeFailure(
          RuntimeFailure.Kind.INVALID,
          "setting_unknown",
          "the docker runtime has no setting " + String.join(", ", unknown),
          "it has: " + String.join(", ", new TreeSet<>(SETTINGS)));
    }
    String host = context.settings().get("host");
    return DockerRuntime.open(
        EngineAddress.parse(host == null ? System.getenv("DOCKER_HOST") : host),
        HostAuth.parse(
            context.settings().getOrDefault("use_host_auth", "false"),
            context.settings().getOrDefault("host_auth_file", "")),
        context);
  }
}
