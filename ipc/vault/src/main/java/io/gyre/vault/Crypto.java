package io.gyre.vault;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** AES-256-GCM and HMAC-SHA256 of the JDK. A key encrypts few values, so random nonces are safe. */
final class Crypto {
  static final int NONCE_BYTES = 12;
  static final int TAG_BYTES = 16;

  private static final SecureRandom RANDOM = new SecureRandom();

  private Crypto() {}

  /** The bytes were changed, or the key or what is authenticated with them is another. */
  static final class NotAuthentic extends Exception {
    private static final long serialVersionUID = 1;
  }

  static byte[] random(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return random;
  }

  /** Nonce, ciphertext and tag. */
  static byte[] encrypt(SecretKey key, byte[] aad, byte[] plain) {
    byte[] nonce = random(NONCE_BYTES);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, aad, nonce, 0);
      byte[] sealed = cipher.doFinal(plain);
      return ByteBuffer.allocate(NONCE_BYTES + sealed.length).put(nonce).put(sealed).array();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] decrypt(SecretKey key, byte[] aad, byte[] sealed) throws NotAuthentic {
    try {
      Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, aad, sealed, 0);
      return cipher.doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
    } catch (AEADBadTagException e) {
      throw new NotAuthentic();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] hmac(byte[] key, byte[] text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Tells nothing of the key. */
  static String keyId(byte[] key) {
    byte[] digest = hmac(key, "gyre key-encryption key".getBytes(StandardCharsets.UTF_8));
    return "k" + HexFormat.of().formatHex(digest, 0, 6);
  }

  private static Cipher cipher(int mode, SecretKey key, byte[] aad, byte[] nonce, int offset)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * 8, nonce, offset, NONCE_BYTES));
    cipher.updateAAD(aad);
    return cipher;
  }
}
