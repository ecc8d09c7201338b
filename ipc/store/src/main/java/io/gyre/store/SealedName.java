package io.gyre.store;

import io.gyre.model.DeploymentKey;
import io.gyre.model.RegistryAuth;

/**
 * Which sealed value, and what is authenticated with it.
 *
 * @param purpose a word per kind of value, as {@code secret}
 * @param namespace empty for those of the host
 */
public record SealedName(String purpose, String namespace, String name, long version) {
  private static final String REGISTRY = "registry";

  /** The password of a login that a deployment's images are pulled with. */
  public static SealedName registryPassword(DeploymentKey deployment, RegistryAuth.Login login) {
    return new SealedName(
        REGISTRY,
        deployment.namespace(),
        registryPrefix(deployment) + login.server() + "/" + login.username(),
        1);
  }

  /** No name of a deployment has a slash. */
  static String registryPrefix(DeploymentKey deployment) {
    return deployment.name() + "/";
  }

  static String registryPurpose() {
    return REGISTRY;
  }
}
