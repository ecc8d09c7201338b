package io.gyre.api.auth;

import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.NetworkMode;
import io.gyre.model.VolumeMount;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Workloads that reach beyond themselves into the host. Who may run one, or run commands in one,
 * can do there what the runtime host can, which may be root: that takes more than a role in a
 * namespace.
 */
public final class HostUse {
  private static final String PERMISSION = Roles.HOST + ":use";

  private HostUse() {}

  /**
   * What is needed to run it, or to run a command in one of its instances; empty where it stays
   * within its container.
   */
  public static Optional<Access.Need> need(DeploymentKey key, DeploymentSpec spec) {
    List<String> ways = ways(spec);
    return ways.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Access.Need.of(
                PERMISSION,
                key.namespace(),
                "deployment " + key.name() + " " + String.join(" and ", ways)));
  }

  private static List<String> ways(DeploymentSpec spec) {
    List<String> ways = new ArrayList<>();
    if (spec.process() != null) {
      ways.add("is a process of the host");
    }
    if (spec.container() != null && spec.container().privileged()) {
      ways.add("is privileged");
    }
    if (spec.container() != null && spec.network() == NetworkMode.HOST) {
      ways.add("uses the host's network");
    }
    for (VolumeMount volume : spec.volumes()) {
      if (volume.type() == VolumeMount.Type.BIND) {
        ways.add("mounts " + volume.source() + " of the host");
      }
    }
    return ways;
  }
}
