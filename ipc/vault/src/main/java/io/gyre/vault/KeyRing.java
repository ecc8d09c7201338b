package io.gyre.vault;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * Key-encryption keys by their ids. The last one is current: it seals; all of them open. The id of
 * a key is derived from it, so a wrong key is one with another id. Immutable.
 */
public final class KeyRing {
  /** Of a key. */
  public static final int KEY_BYTES = 32;

  private final Map<String, SecretKey> keys;
  private final String current;

  private KeyRing(Map<String, SecretKey> keys, String current) {
    this.keys = keys;
    this.current = current;
  }

  /**
   * @param keys of 32 bytes each, the current one last; none: nothing is sealed or opened
   */
  public static KeyRing of(List<byte[]> keys) {
    Map<String, SecretKey> byId = new LinkedHashMap<>();
    String last = "";
    for (byte[] key : keys) {
      if (key.length != KEY_BYTES) {
        throw new IllegalArgumentException("a key of " + key.length + " bytes");
      }
      last = Crypto.keyId(key);
      byId.put(last, new SecretKeySpec(key, "AES"));
    }
    return new KeyRing(Map.copyOf(byId), last);
  }

  /** A random key. */
  public static byte[] newKey() {
    return Crypto.random(KEY_BYTES);
  }

  public boolean isEmpty() {
    return keys.isEmpty();
  }

  /** Of the key that seals; empty where there is none. */
  public Optional<String> current() {
    return current.isEmpty() ? Optional.empty() : Optional.of(current);
  }

  /** Of all keys, sorted. */
  public List<String> ids() {
    List<String> ids = new ArrayList<>(keys.keySet());
    ids.sort(null);
    return List.copyOf(ids);
  }

  public boolean holds(String keyId) {
    return keys.containsKey(keyId);
  }

  /**
   * Seals under the current key.
   *
   * @return the bytes of an {@link Envelope}
   * @throws GyreException UNAVAILABLE without a key
   */
  public byte[] seal(SealContext context, byte[] plain) {
    return Envelope.seal(current, key(current), context, plain).bytes();
  }

  /**
   * What was sealed.
   *
   * @throws GyreException UNAVAILABLE where its key isn't here, INTERNAL where it was changed or is
   *     another value's
   */
  public byte[] open(SealContext context, byte[] sealed) {
    Envelope envelope = Envelope.parse(sealed);
    return envelope.open(key(envelope.keyId()), context);
  }

  /**
   * The same value under the current key: only its own key is wrapped anew. What is under it
   * already comes back as it is.
   */
  public byte[] rewrap(SealContext context, byte[] sealed) {
    Envelope envelope = Envelope.parse(sealed);
    return envelope.keyId().equals(current)
        ? sealed
        : envelope.rewrap(key(envelope.keyId()), current, key(current), context).bytes();
  }

  /** Of the key that it is sealed under, whether or not that is here. */
  public static String keyIdOf(byte[] sealed) {
    return Envelope.parse(sealed).keyId();
  }

  private SecretKey key(String id) {
    SecretKey key = keys.get(id);
    if (key == null) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "secrets.key_missing",
          keys.isEmpty()
              ? "there is no key to seal and open secrets with"
              : "key " + id + ", which sealed this, is missing; there are " + ids(),
          "give the key back that was there before; gyre doctor says where it is looked for");
    }
    return key;
  }

  /** The ids, never a key. */
  @Override
  public String toString() {
    return "KeyRing" + ids();
  }
}
