package io.gyre.store;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks secrets and other sealed values up, as they are stored: sealed. */
public interface SecretState {
  /** By namespace and name. */
  List<SecretRecord> secrets(@Nullable String namespace);

  Optional<SecretRecord> secret(String namespace, String name);

  /** Also of a secret that is gone, as long as a kept revision uses that version. */
  Optional<SecretVersion> secretVersion(String namespace, String name, long version);

  /** The kept ones, newest first. */
  List<SecretVersion> secretVersions(String namespace, String name);

  Optional<SealedRecord> sealed(SealedName name);

  /** How many values are under which key-encryption key. */
  Map<String, Long> sealedByKey();

  /** Some of the values that are under another key than this. */
  List<SealedRecord> sealedByOthers(String keyId, int limit);
}
