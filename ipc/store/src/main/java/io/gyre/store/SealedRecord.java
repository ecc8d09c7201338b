package io.gyre.store;

/** A sealed value as it is stored: an envelope, into which this module can't look. Immutable. */
public final class SealedRecord {
  private final SealedName name;
  private final byte[] sealed;
  private final String keyId;

  /**
   * @param keyId of the key-encryption key that it is under
   */
  public SealedRecord(SealedName name, byte[] sealed, String keyId) {
    this.name = name;
    this.sealed = sealed.clone();
    this.keyId = keyId;
  }

  public SealedName name() {
    return name;
  }

  public byte[] sealed() {
    return sealed.clone();
  }

  public String keyId() {
    return keyId;
  }

  /** Without the envelope. */
  @Override
  public String toString() {
    return "SealedRecord[" + name + ", " + keyId + "]";
  }
}
