package io.gyre.store;

/** Changes secrets and other sealed values, in the transaction that it came from. */
public interface SecretTx extends SecretState {
  /** Of each secret, so many versions are kept besides those in use. */
  int KEPT_VERSIONS = 10;

  /** Makes or replaces a sealed value. */
  void putSealed(SealedRecord value);

  /**
   * Replaces a sealed value by the same under another key, unless it is another by now.
   *
   * @return whether it was replaced
   */
  boolean rewrap(SealedRecord before, SealedRecord after);

  boolean deleteSealed(SealedName name);

  /** The version that the next one of this secret gets. */
  long nextSecretVersion(String namespace, String name);

  /**
   * Stores a version, its entries, and the secret with it as the newest; makes its namespace where
   * that is missing, and drops versions beyond the newest {@value #KEPT_VERSIONS} that no kept
   * revision uses.
   */
  void addSecretVersion(SecretVersion version, SealedRecord entries);

  /** Its versions stay as long as a kept revision uses them. */
  boolean deleteSecret(String namespace, String name);
}
