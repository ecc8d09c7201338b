package io.gyre.api.apply;

import io.gyre.manifest.DeploymentDecl;
import io.gyre.manifest.Manifest;
import io.gyre.model.ContainerSpec;
import io.gyre.model.GyreException;
import io.gyre.model.RegistryAuth;
import io.gyre.model.Violation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Refuses logins for the pull of images that this host can't give. */
final class ImageLogins {
  private static final String HOST_AUTH = "use_host_auth";

  private ImageLogins() {}

  /**
   * @param settings of the runtimes, by their names; the runtime host may have an older state of
   *     them, and has the last word
   */
  static void check(Manifest manifest, Map<String, Map<String, String>> settings) {
    List<Violation> violations = new ArrayList<>();
    for (DeploymentDecl declared : manifest.deployments()) {
      ContainerSpec container = declared.spec().container();
      RegistryAuth auth = container == null ? null : container.registryAuth();
      switch (auth) {
        case null -> {}
        case RegistryAuth.HostLogin _ -> {
          String runtime = declared.spec().runtime();
          String allowed = settings.getOrDefault(runtime, Map.of()).getOrDefault(HOST_AUTH, "");
          if (!allows(allowed, declared.key().namespace())) {
            violations.add(
                violation(
                    declared,
                    HOST_AUTH,
                    "not_allowed",
                    "this host does not let the namespace "
                        + declared.key().namespace()
                        + " use its logins; gyre.yaml must say so: runtime.settings."
                        + runtime
                        + ".use_host_auth: true, or a list of namespaces"));
          }
        }
        // Whether secrets are there is checked with all that a deployment takes from them.
        case RegistryAuth.Login _ -> {}
        case RegistryAuth.PullSecret _ -> {}
      }
    }
    if (!violations.isEmpty()) {
      throw GyreException.invalid("manifest.invalid", violations);
    }
  }

  private static boolean allows(String setting, String namespace) {
    return setting.strip().equals("true")
        || Arrays.asList(setting.strip().split("[,\\s]+")).contains(namespace);
  }

  private static Violation violation(
      DeploymentDecl declared, String field, String slug, String message) {
    return new Violation(
        "deployment.config." + field + "." + slug,
        "deployments." + declared.key().name() + ".config." + field,
        message,
        declared.file(),
        declared.line(),
        0);
  }
}
