package io.gyre.runtime.host.instance;

import io.gyre.model.ContainerSpec;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.RegistryAuth;
import io.gyre.runtime.host.secret.Opener;
import io.gyre.runtime.spi.RegistryAccess;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.store.SealedName;
import io.gyre.store.SealedRecord;
import io.gyre.store.SecretState;
import io.gyre.store.SecretVersion;
import io.gyre.store.Store;
import io.gyre.vault.SecretEntries;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who pulls the image of an instance, from its row and its revision. Nothing of it is kept: each
 * pull asks again, so that what was changed counts at once. Nothing that it throws shows a value.
 */
final class Pullers {
  private final Store store;
  private final Opener opener;

  Pullers(Store store, Opener opener) {
    this.store = store;
    this.opener = opener;
  }

  Optional<RegistryAccess> find(String instance) throws RuntimeFailure {
    try {
      InstanceRecord row = store.read().instance(new InstanceId(instance)).orElse(null);
      if (row == null) {
        return Optional.empty();
      }
      ContainerSpec container =
          Specs.read(store.read(), row.deployment(), row.revision()).container();
      RegistryAuth auth = container == null ? null : container.registryAuth();
      return auth == null
          ? Optional.empty()
          : Optional.of(store.secrets(state -> access(state, row.deployment(), auth)));
    } catch (GyreException e) {
      throw new RuntimeFailure(
          kind(e), e.code().replace('.', '_'), String.valueOf(e.getMessage()), e.hint());
    }
  }

  private RegistryAccess access(SecretState state, DeploymentKey deployment, RegistryAuth auth) {
    return switch (auth) {
      case RegistryAuth.HostLogin _ -> new RegistryAccess.HostLogins(deployment.namespace());
      case RegistryAuth.Login login ->
          new RegistryAccess.Login(
              login.server(), login.username(), password(state, deployment, login));
      case RegistryAuth.PullSecret pull ->
          new RegistryAccess.DockerConfig(
              "secret " + pull.secret(),
              entry(
                  entries(state, deployment.namespace(), pull.secret()),
                  pull.secret(),
                  null,
                  RegistryAuth.PullSecret.KEY));
    };
  }

  private String password(SecretState state, DeploymentKey deployment, RegistryAuth.Login login) {
    String secret = login.passwordSecret();
    if (secret != null) {
      return entry(
          entries(state, deployment.namespace(), secret), secret, login.passwordKey(), null);
    }
    SealedRecord sealed =
        state
            .sealed(SealedName.registryPassword(deployment, login))
            .orElseThrow(
                () ->
                    new GyreException(
                        ErrorKind.NOT_FOUND,
                        "registry_password.not_found",
                        "there is no password of " + login.username() + " at " + login.server(),
                        "apply the manifest of " + deployment + " again"));
    return new String(opener.open(sealed), StandardCharsets.UTF_8);
  }

  /** Of the newest version. */
  private Map<String, byte[]> entries(SecretState state, String namespace, String name) {
    SecretVersion version =
        state
            .secret(namespace, name)
            .flatMap(secret -> state.secretVersion(namespace, name, secret.version()))
            .orElseThrow(() -> missing(namespace, name));
    SealedRecord sealed =
        state.sealed(version.sealed()).orElseThrow(() -> missing(namespace, name));
    return SecretEntries.decode(opener.open(sealed));
  }

  /**
   * @param key null: the only one
   * @param preferred taken where there are several and no key is named
   */
  private static String entry(
      Map<String, byte[]> entries,
      String secret,
      @Nullable String key,
      @Nullable String preferred) {
    byte[] value = key == null ? null : entries.get(key);
    if (key == null && preferred != null) {
      value = entries.get(preferred);
    }
    if (key == null && value == null && entries.size() == 1) {
      value = entries.values().iterator().next();
    }
    if (value == null) {
      String wanted = key == null ? preferred : key;
      throw new GyreException(
          ErrorKind.NOT_FOUND,
          "secret.entry_not_found",
          wanted == null
              ? "the secret " + secret + " has not one entry, so a key is needed"
              : "the secret " + secret + " has no entry \"" + wanted + "\"",
          "it has: " + String.join(", ", entries.keySet()));
    }
    return new String(value, StandardCharsets.UTF_8).strip();
  }

  private static GyreException missing(String namespace, String name) {
    return new GyreException(
        ErrorKind.NOT_FOUND,
        "secret.not_found",
        "no secret " + name + " in namespace " + namespace,
        "make it: gyre secret create " + name + " -n " + namespace);
  }

  private static RuntimeFailure.Kind kind(GyreException e) {
    return switch (e.kind()) {
      case INVALID -> RuntimeFailure.Kind.INVALID;
      case UNAVAILABLE -> RuntimeFailure.Kind.UNAVAILABLE;
      case INTERNAL, RUNTIME -> RuntimeFailure.Kind.ENGINE;
      default -> RuntimeFailure.Kind.NOT_FOUND;
    };
  }
}
