package io.gyre.api.apply;

import io.gyre.manifest.DeploymentDecl;
import io.gyre.manifest.Manifest;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.GyreException;
import io.gyre.model.PortMapping;
import io.gyre.model.Violation;
import io.gyre.store.StateReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Refuses a manifest that publishes a port which a deployment outside of it publishes already. */
final class HostPorts {
  private record Key(int port, PortMapping.Protocol protocol) {}

  private record Owner(DeploymentKey deployment, String address) {}

  private HostPorts() {}

  static void check(StateReader state, Manifest manifest) {
    if (manifest.deployments().stream().allMatch(each -> each.spec().ports().isEmpty())) {
      return;
    }
    Map<Key, List<Owner>> owners = owners(state, manifest);
    List<Violation> violations = new ArrayList<>();
    for (DeploymentDecl declared : manifest.deployments()) {
      List<PortMapping> ports = declared.spec().ports();
      for (int i = 0; i < ports.size(); i++) {
        PortMapping port = ports.get(i);
        for (Owner owner : owners.getOrDefault(key(port), List.of())) {
          if (overlap(owner.address(), port.hostIp())) {
            violations.add(violation(declared, i, port, owner));
            break;
          }
        }
      }
    }
    if (!violations.isEmpty()) {
      throw GyreException.invalid("manifest.invalid", violations);
    }
  }

  private static Map<Key, List<Owner>> owners(StateReader state, Manifest manifest) {
    Set<DeploymentKey> declared =
        manifest.deployments().stream().map(DeploymentDecl::key).collect(Collectors.toSet());
    Map<Key, List<Owner>> owners = new HashMap<>();
    DeploymentPages.each(
        state,
        null,
        (DesiredDeployment deployment) -> {
          if (!deployment.deleted() && !declared.contains(deployment.key())) {
            for (PortMapping port : deployment.spec().ports()) {
              owners
                  .computeIfAbsent(key(port), _ -> new ArrayList<>())
                  .add(new Owner(deployment.key(), port.hostIp()));
            }
          }
        });
    return owners;
  }

  private static Key key(PortMapping port) {
    return new Key(port.published(), port.protocol());
  }

  /** Whether both can't be bound: the same address, or one of them is all of its family. */
  private static boolean overlap(String a, String b) {
    boolean ipv6 = a.indexOf(':') >= 0;
    if (ipv6 != b.indexOf(':') >= 0) {
      return false;
    }
    String all = ipv6 ? "::" : "0.0.0.0";
    return a.equals(b) || a.equals(all) || b.equals(all);
  }

  private static Violation violation(
      DeploymentDecl declared, int index, PortMapping port, Owner owner) {
    return new Violation(
        "deployment.ports.published.taken",
        "deployments." + declared.key().name() + ".ports[" + index + "].published",
        "port "
            + port.published()
            + " of the host is already published by "
            + owner.deployment()
            + "; choose another, or change both in one apply",
        declared.file(),
        declared.line(),
        1);
  }
}
