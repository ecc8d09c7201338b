package io.gyre.api.apply;

import io.gyre.api.secret.Seals;
import io.gyre.manifest.DeploymentDecl;
import io.gyre.manifest.Manifest;
import io.gyre.manifest.Password;
import io.gyre.model.ContainerSpec;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.RegistryAuth;
import io.gyre.store.DesiredTx;
import io.gyre.store.RevisionRecord;
import io.gyre.store.SealedName;
import io.gyre.store.SecretState;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Passwords of registries that manifests give by variables: kept sealed beside the revisions, by
 * deployment, server and user, so that another password makes no other revision.
 */
final class RegistryPasswords {
  private final Seals seals;

  RegistryPasswords(Seals seals) {
    this.seals = seals;
  }

  /** Whose password isn't the one that is stored. */
  Set<DeploymentKey> changed(SecretState state, Manifest manifest) {
    Set<DeploymentKey> changed = new HashSet<>();
    for (DeploymentDecl declared : manifest.deployments()) {
      Password password = declared.registryPassword();
      SealedName name = name(declared.key(), declared.spec());
      if (password != null && name != null && !isStored(state, name, password)) {
        changed.add(declared.key());
      }
    }
    return changed;
  }

  private boolean isStored(SecretState state, SealedName name, Password password) {
    Optional<byte[]> stored = seals.open(state, name);
    return stored.isPresent() && MessageDigest.isEqual(stored.get(), bytes(password));
  }

  /** Stores it, and drops those that no kept revision pulls with any more. */
  void put(DesiredTx tx, DeploymentDecl declared) {
    Password password = declared.registryPassword();
    SealedName name = name(declared.key(), declared.spec());
    if (password == null || name == null) {
      return;
    }
    seals.put(tx.secrets(), name, bytes(password));
    Set<SealedName> kept = new HashSet<>(Set.of(name));
    for (RevisionRecord revision : tx.revisions(declared.key())) {
      tx.revisionSpec(declared.key(), revision.revision())
          .map(spec -> name(declared.key(), spec))
          .ifPresent(kept::add);
    }
    tx.secrets().keepRegistryPasswords(declared.key(), kept);
  }

  private static @Nullable SealedName name(DeploymentKey key, DeploymentSpec spec) {
    ContainerSpec container = spec.container();
    return container != null
            && container.registryAuth() instanceof RegistryAuth.Login login
            && login.passwordSecret() == null
        ? SealedName.registryPassword(key, login)
        : null;
  }

  private static byte[] bytes(Password password) {
    return password.value().getBytes(StandardCharsets.UTF_8);
  }
}
