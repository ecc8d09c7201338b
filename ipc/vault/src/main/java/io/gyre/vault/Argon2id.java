package io.gyre.vault;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2id for passwords and passphrases. Hashes are texts in the usual form, {@code
 * $argon2id$v=19$m=19456,t=2,p=1$SALT$HASH}. One is computed at a time in a process, since each
 * takes the memory that it asks for; the others wait.
 */
public final class Argon2id {
  private static final int SALT_BYTES = 16;
  private static final int HASH_BYTES = 32;
  private static final Semaphore ONE = new Semaphore(1, true);
  private static final Pattern HASH =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=([0-9]{1,6}),t=([0-9]{1,3}),p=([0-9]{1,2})"
              + "\\$([A-Za-z0-9+/]{11,86})\\$([A-Za-z0-9+/]{22,86})");

  private Argon2id() {}

  /**
   * What it costs. Bounded, so that a stored text can't make a small heap overflow.
   *
   * @param memoryKib 8192 to 32768
   * @param iterations 1 to 16
   * @param lanes 1 to 4
   */
  public record Cost(int memoryKib, int iterations, int lanes) {
    /** For passwords. */
    public static final Cost PASSWORD = new Cost(19_456, 2, 1);

    /** For a passphrase, which is derived once in the life of a process. */
    public static final Cost PASSPHRASE = new Cost(19_456, 8, 1);

    public Cost {
      if (memoryKib < 8_192
          || memoryKib > 32_768
          || iterations < 1
          || iterations > 16
          || lanes < 1
          || lanes > 4) {
        throw new IllegalArgumentException("out of range: " + memoryKib + " KiB, " + iterations);
      }
    }
  }

  /** With a random salt and {@link Cost#PASSWORD}. */
  public static String hash(char[] password) {
    Cost cost = Cost.PASSWORD;
    byte[] salt = newSalt();
    Base64.Encoder base64 = Base64.getEncoder().withoutPadding();
    return "$argon2id$v=19$m="
        + cost.memoryKib()
        + ",t="
        + cost.iterations()
        + ",p="
        + cost.lanes()
        + "$"
        + base64.encodeToString(salt)
        + "$"
        + base64.encodeToString(derive(password, salt, cost, HASH_BYTES));
  }

  /**
   * Whether that is the password of the hash; false for a text that is no hash. Equally long
   * whatever the password.
   */
  public static boolean verify(char[] password, String hash) {
    Matcher matcher = HASH.matcher(hash);
    Optional<Cost> cost = matcher.matches() ? cost(matcher) : Optional.empty();
    if (cost.isEmpty()) {
      return false;
    }
    try {
      byte[] salt = Base64.getDecoder().decode(matcher.group(4));
      byte[] expected = Base64.getDecoder().decode(matcher.group(5));
      return MessageDigest.isEqual(expected, derive(password, salt, cost.get(), expected.length));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Whether the hash costs less than a new one would. */
  public static boolean isDated(String hash) {
    Matcher matcher = HASH.matcher(hash);
    return !matcher.matches() || !cost(matcher).equals(Optional.of(Cost.PASSWORD));
  }

  /** A random one. */
  public static byte[] newSalt() {
    return Crypto.random(SALT_BYTES);
  }

  /** A key from a passphrase. Blocks while another is computed. */
  public static byte[] derive(char[] password, byte[] salt, Cost cost, int bytes) {
    Argon2Parameters parameters =
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(cost.memoryKib())
            .withIterations(cost.iterations())
            .withParallelism(cost.lanes())
            .withSalt(salt)
            .build();
    byte[] derived = new byte[bytes];
    ONE.acquireUninterruptibly();
    try {
      Argon2BytesGenerator generator = new Argon2BytesGenerator();
      generator.init(parameters);
      generator.generateBytes(new String(password).getBytes(StandardCharsets.UTF_8), derived);
    } finally {
      ONE.release();
    }
    return derived;
  }

  private static Optional<Cost> cost(Matcher matcher) {
    try {
      return Optional.of(
          new Cost(
              Integer.parseInt(matcher.group(1)),
              Integer.parseInt(matcher.group(2)),
              Integer.parseInt(matcher.group(3))));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
