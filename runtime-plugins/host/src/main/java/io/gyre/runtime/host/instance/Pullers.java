package io.gyre.runtime.host.instance;

import io.gyre.model.ContainerSpec;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.RegistryAuth;
import io.gyre.runtime.spi.RegistryAccess;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.store.StateReader;
import java.util.Optional;

/**
 * Who pulls the image of an instance, from its row and its revision. Nothing of it is kept: each
 * pull asks again, so that what was changed counts at once.
 */
final class Pullers {
  private Pullers() {}

  static Optional<RegistryAccess> find(StateReader store, String instance) throws RuntimeFailure {
    try {
      InstanceRecord row = store.instance(new InstanceId(instance)).orElse(null);
      if (row == null) {
        return Optional.empty();
      }
      DeploymentSpec spec = Specs.read(store, row.deployment(), row.revision());
      ContainerSpec container = spec.container();
      RegistryAuth auth = container == null ? null : container.registryAuth();
      return auth == null ? Optional.empty() : Optional.of(access(row.deployment(), auth));
    } catch (GyreException e) {
      throw new RuntimeFailure(kind(e), e.code(), String.valueOf(e.getMessage()), e.hint(), e);
    }
  }

  private static RegistryAccess access(DeploymentKey deployment, RegistryAuth auth) {
    return switch (auth) {
      case RegistryAuth.HostLogin _ -> new RegistryAccess.HostLogins(deployment.namespace());
      case RegistryAuth.Login _ -> throw unsupported();
      case RegistryAuth.PullSecret _ -> throw unsupported();
    };
  }

  private static GyreException unsupported() {
    return new GyreException(
        ErrorKind.UNSUPPORTED,
        "registry_login_unsupported",
        "this version pulls with no password or secret",
        "upgrade the runtime host");
  }

  private static RuntimeFailure.Kind kind(GyreException e) {
    return switch (e.kind()) {
      case INVALID -> RuntimeFailure.Kind.INVALID;
      case UNSUPPORTED -> RuntimeFailure.Kind.UNSUPPORTED;
      case UNAVAILABLE -> RuntimeFailure.Kind.UNAVAILABLE;
      case INTERNAL, RUNTIME -> RuntimeFailure.Kind.ENGINE;
      default -> RuntimeFailure.Kind.NOT_FOUND;
    };
  }
}
