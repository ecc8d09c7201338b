package io.gyre.store;

import java.time.Instant;
import java.util.List;

/**
 * One version of a secret, which never changes, without its entries.
 *
 * @param version from 1
 * @param keys of its entries, sorted
 * @param digest keyed: equal where the entries of two versions of this secret are, and no use to
 *     whoever lacks the key
 */
public record SecretVersion(
    String namespace,
    String name,
    long version,
    List<String> keys,
    String digest,
    Instant createdAt,
    String correlation,
    String actor) {
  /** The purpose of the {@link SealedName} of its entries. */
  public static final String PURPOSE = "secret";

  public SecretVersion {
    keys = List.copyOf(keys);
  }

  /** Where its entries are. */
  public SealedName sealed() {
    return new SealedName(PURPOSE, namespace, name, version);
  }
}
