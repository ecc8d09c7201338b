package io.gyre.runtime.spi;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Everything a runtime needs to make one instance.
 *
 * @param id unique on the host, lower-case letters, digits and '-', at most 80 characters
 * @param revision of the deployment
 * @param labels the user's; the runtime adds its own and never lets these replace them
 * @param stopGrace between stop signal and SIGKILL
 * @param fingerprint of everything above but the id; the runtime keeps it and shows it in {@link
 *     InstanceStatus#fingerprint()}
 */
public record InstanceSpec(
    String id,
    String namespace,
    String deployment,
    long revision,
    Workload workload,
    Map<String, String> environment,
    List<Mount> mounts,
    List<PortSpec> ports,
    Map<String, String> labels,
    Limits limits,
    boolean hostNetwork,
    String stopSignal,
    Duration stopGrace,
    RestartPolicy restartPolicy,
    String fingerprint) {
  public InstanceSpec {
    environment = Map.copyOf(environment);
    mounts = List.copyOf(mounts);
    ports = List.copyOf(ports);
    labels = Map.copyOf(labels);
  }
}
