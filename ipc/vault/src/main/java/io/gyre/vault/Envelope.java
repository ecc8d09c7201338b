package io.gyre.vault;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * A sealed value.
 *
 * <pre>
 * bytes
 *  1    format, 1
 *  1    n, length of the key's id
 *  n    id of the key-encryption key, ASCII
 *  60   the value's own key: nonce 12, ciphertext 32, tag 16
 *  ...  the value:           nonce 12, ciphertext, tag 16
 *
 * authenticated with the value's key: format, id of the key-encryption key, context
 * authenticated with the value:       format, context
 * </pre>
 *
 * The value doesn't depend on the key-encryption key, so that changing that one leaves it as it is.
 */
final class Envelope {
  private static final byte FORMAT = 1;
  private static final int WRAPPED = Crypto.NONCE_BYTES + KeyRing.KEY_BYTES + Crypto.TAG_BYTES;
  private static final int MAX_ID = 32;

  private final String keyId;
  private final byte[] wrapped;
  private final byte[] value;

  private Envelope(String keyId, byte[] wrapped, byte[] value) {
    this.keyId = keyId;
    this.wrapped = wrapped;
    this.value = value;
  }

  static Envelope seal(String keyId, SecretKey kek, SealContext context, byte[] plain) {
    byte[] dek = KeyRing.newKey();
    return new Envelope(
        keyId,
        Crypto.encrypt(kek, aadOfKey(keyId, context), dek),
        Crypto.encrypt(new SecretKeySpec(dek, "AES"), aadOfValue(context), plain));
  }

  static Envelope parse(byte[] bytes) {
    if (bytes.length < 2 || bytes[0] != FORMAT) {
      throw broken(null);
    }
    int idLength = bytes[1];
    if (idLength < 1
        || idLength > MAX_ID
        || bytes.length < 2 + idLength + WRAPPED + Crypto.NONCE_BYTES + Crypto.TAG_BYTES) {
      throw broken(null);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).position(2);
    byte[] id = new byte[idLength];
    byte[] wrapped = new byte[WRAPPED];
    in.get(id).get(wrapped);
    byte[] value = new byte[in.remaining()];
    in.get(value);
    return new Envelope(new String(id, StandardCharsets.ISO_8859_1), wrapped, value);
  }

  String keyId() {
    return keyId;
  }

  byte[] open(SecretKey kek, SealContext context) {
    try {
      return Crypto.decrypt(
          new SecretKeySpec(valueKey(kek, context), "AES"), aadOfValue(context), value);
    } catch (Crypto.NotAuthentic e) {
      throw broken(e);
    }
  }

  Envelope rewrap(SecretKey kek, String newKeyId, SecretKey newKek, SealContext context) {
    try {
      return new Envelope(
          newKeyId,
          Crypto.encrypt(newKek, aadOfKey(newKeyId, context), valueKey(kek, context)),
          value);
    } catch (Crypto.NotAuthentic e) {
      throw broken(e);
    }
  }

  byte[] bytes() {
    byte[] id = keyId.getBytes(StandardCharsets.ISO_8859_1);
    return ByteBuffer.allocate(2 + id.length + wrapped.length + value.length)
        .put(FORMAT)
        .put((byte) id.length)
        .put(id)
        .put(wrapped)
        .put(value)
        .array();
  }

  private byte[] valueKey(SecretKey kek, SealContext context) throws Crypto.NotAuthentic {
    return Crypto.decrypt(kek, aadOfKey(keyId, context), wrapped);
  }

  private static byte[] aadOfKey(String keyId, SealContext context) {
    byte[] id = keyId.getBytes(StandardCharsets.ISO_8859_1);
    byte[] what = context.bytes();
    return ByteBuffer.allocate(3 + id.length + what.length)
        .put(FORMAT)
        .put((byte) 'k')
        .put((byte) id.length)
        .put(id)
        .put(what)
        .array();
  }

  private static byte[] aadOfValue(SealContext context) {
    byte[] what = context.bytes();
    return ByteBuffer.allocate(2 + what.length).put(FORMAT).put((byte) 'v').put(what).array();
  }

  private static GyreException broken(@Nullable Throwable cause) {
    return new GyreException(
        ErrorKind.INTERNAL,
        "secrets.broken",
        "a sealed value was changed or is in another's place, and doesn't open",
        "restore it from a backup, or set it again",
        List.of(),
        cause);
  }
}
