package io.gyre.vault;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * Tells whether two values of one context are equal, to nobody who lacks the key: without it,
 * nothing can be tried out on it.
 */
public final class KeyedDigest {
  private static final int SHOWN_BYTES = 16;

  private final byte[] key;

  /** The key as {@link KeyRing#newKey} makes it. */
  public KeyedDigest(byte[] key) {
    this.key = key.clone();
  }

  /** 32 hexadecimal digits. */
  public String of(SealContext context, byte[] value) {
    byte[] inner = Crypto.hmac(key, context.bytes());
    return HexFormat.of().formatHex(Arrays.copyOf(Crypto.hmac(inner, value), SHOWN_BYTES));
  }
}
