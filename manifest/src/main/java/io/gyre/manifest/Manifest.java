package io.gyre.manifest;

import java.util.List;

/** All that a set of sources declares, in their order, checked and with every default filled in. */
public record Manifest(
    List<NamespaceDecl> namespaces, List<ConfigDecl> configs, List<DeploymentDecl> deployments) {
  public Manifest {
    namespaces = List.copyOf(namespaces);
    configs = List.copyOf(configs);
    deployments = List.copyOf(deployments);
  }
}
