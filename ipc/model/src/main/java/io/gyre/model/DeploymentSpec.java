package io.gyre.model;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a revision of a deployment runs. Two equal specs are the same revision; the number of
 * replicas isn't part of it. Exactly one of {@code container} and {@code process} is set.
 *
 * @param runtime name of the runtime plugin
 * @param environment variable to value, kept in order of the names
 * @param labels kept in order of the names
 */
public record DeploymentSpec(
    String runtime,
    WorkloadKind kind,
    @Nullable ContainerSpec container,
    @Nullable ProcessSpec process,
    Map<String, String> environment,
    List<VolumeMount> volumes,
    List<PortMapping> ports,
    Map<String, String> labels,
    Resources resources,
    List<HealthCheck> healthChecks,
    NetworkMode network) {
  public DeploymentSpec {
    if ((container == null) == (process == null)) {
      throw new GyreException(
          ErrorKind.INVALID,
          "deployment.workload.ambiguous",
          "a deployment needs either an image or a process",
          null);
    }
    environment = Collections.unmodifiableMap(new TreeMap<>(environment));
    labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    volumes = List.copyOf(volumes);
    ports = List.copyOf(ports);
    healthChecks = List.copyOf(healthChecks);
  }

  /** Whether old and new instances cannot run side by side. */
  public boolean needsRecreate() {
    return recreateReason() != null;
  }

  /** Why they can't, in words that go after "because"; null where they can. */
  public @Nullable String recreateReason() {
    if (!ports.isEmpty()) {
      return "it publishes a port of the host";
    }
    for (VolumeMount volume : volumes) {
      if (volume.type() == VolumeMount.Type.VOLUME && !volume.readOnly()) {
        return "it writes to the volume " + volume.source();
      }
    }
    return null;
  }
}
