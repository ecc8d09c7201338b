package io.gyre.model;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a revision of a deployment runs. Two equal specs are the same revision; the number of
 * replicas isn't part of it. Exactly one of {@code container} and {@code process} is set.
 *
 * @param runtime name of the runtime plugin
 * @param environment variable to value, kept in order of the names
 * @param labels kept in order of the names
 * @param contents what it takes from configs and secrets besides its mounts
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
    NetworkMode network,
    Contents contents) {
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

  /** Without variables from configs and secrets, and rolled when those of its mounts change. */
  public DeploymentSpec(
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
    this(
        runtime,
        kind,
        container,
        process,
        environment,
        volumes,
        ports,
        labels,
        resources,
        healthChecks,
        network,
        Contents.NONE);
  }

  /** The configs and secrets that it uses. */
  public Set<ContentRef> used() {
    Set<ContentRef> used = new TreeSet<>();
    for (VolumeMount volume : volumes) {
      ContentRef content = volume.content();
      if (content != null) {
        used.add(content);
      }
    }
    contents.environment().values().forEach(entry -> used.add(entry.content()));
    contents.environmentFrom().forEach(all -> used.add(all.content()));
    return used;
  }

  /** The secrets that its image is pulled with: the newest at each pull, whatever it pins. */
  public Set<ContentRef> pulledWith() {
    RegistryAuth auth = container == null ? null : container.registryAuth();
    String secret =
        switch (auth) {
          case null -> null;
          case RegistryAuth.Login login -> login.passwordSecret();
          case RegistryAuth.HostLogin _ -> null;
          case RegistryAuth.PullSecret pull -> pull.secret();
        };
    return secret == null ? Set.of() : Set.of(ContentRef.secret(secret));
  }

  /** What becomes of its instances when something that it uses has a new version. */
  public Contents.OnChange onContentChange() {
    Contents.OnChange chosen = contents.onChange();
    return chosen != null
        ? chosen
        : kind == WorkloadKind.JOB ? Contents.OnChange.NONE : Contents.OnChange.ROLL;
  }

  /** Whether a revision keeps the version that it was made with. */
  public boolean pins(ContentRef content) {
    return switch (onContentChange()) {
      case ROLL -> true;
      // A process that runs can't be given another environment.
      case SIGNAL -> contents.inEnvironment(content);
      case NONE -> false;
    };
  }

  /** The version that it runs with; 0: the newest at each start. */
  public long version(ContentRef content) {
    return pins(content) ? contents.versions().getOrDefault(content, 1L) : 0;
  }

  /** The same with these versions of what it pins; of the rest it has those it had. */
  public DeploymentSpec pinned(Map<ContentRef, Long> versions) {
    Map<ContentRef, Long> pins = new TreeMap<>();
    for (ContentRef content : used()) {
      long version = versions.getOrDefault(content, version(content));
      if (pins(content) && version > 1) {
        pins.put(content, version);
      }
    }
    return new DeploymentSpec(
        runtime,
        kind,
        container,
        process,
        environment,
        volumes,
        ports,
        labels,
        resources,
        healthChecks,
        network,
        contents.pinned(pins));
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
      if (volume.type() == VolumeMount.Type.VOLUME && !volume.readOnly() && !volume.shared()) {
        return "it writes to the volume " + volume.source();
      }
    }
    return null;
  }
}
