package io.gyre.manifest;

import io.gyre.model.DeploymentSpec;
import io.gyre.model.NetworkMode;
import io.gyre.model.Violation;
import io.gyre.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;

/** How many replicas a deployment can have: the rules that a later scaling has to keep as well. */
public final class ReplicaRules {
  static final String PORTS =
      "a published port can be held by one replica only; use replicas: 1, or remove the ports";
  static final String HOST_NETWORK =
      "on the network of the host the replicas would share all ports; use replicas: 1";
  static final String VOLUME =
      "several replicas would write to the same volume; use replicas: 1, permission: ro, or"
          + " shared: true where the program can bear that";

  private ReplicaRules() {}

  /** What is against running so many replicas of it; empty where nothing is. */
  public static List<Violation> check(DeploymentSpec spec, int replicas) {
    List<Violation> violations = new ArrayList<>();
    if (replicas < 0 || replicas > DeploymentDecoder.MAX_REPLICAS) {
      add(
          violations,
          "out_of_range",
          "must be between 0 and " + DeploymentDecoder.MAX_REPLICAS + ", not " + replicas);
    }
    if (replicas <= 1) {
      return violations;
    }
    if (!spec.ports().isEmpty()) {
      add(violations, "ports_conflict", PORTS);
    }
    if (spec.network() == NetworkMode.HOST) {
      add(violations, "host_network_conflict", HOST_NETWORK);
    }
    if (spec.volumes().stream()
        .anyMatch(
            mount ->
                mount.type() == VolumeMount.Type.VOLUME && !mount.readOnly() && !mount.shared())) {
      add(violations, "shared_rw_volume", VOLUME);
    }
    return violations;
  }

  private static void add(List<Violation> violations, String slug, String message) {
    violations.add(new Violation("deployment.replicas." + slug, "replicas", message, null, 0, 0));
  }
}
