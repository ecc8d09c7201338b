package io.gyre.backup;

import io.gyre.component.Home;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.vault.Argon2id;
import io.gyre.vault.KeyRing;
import io.gyre.vault.SealContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/**
 * The keys that secrets are sealed with, under a passphrase:
 *
 * <pre>
 * MEMORY_KIB ITERATIONS LANES SALT    of Argon2id, the salt in base64
 * SEALED                              base64
 * </pre>
 */
final class SealedKeys {
  static final int SHORTEST_PASSPHRASE = 12;
  private static final int LONGEST_PASSPHRASE = 1024;
  private static final int MOST_MEMORY_KIB = 64 << 10;
  private static final int MOST_ITERATIONS = 64;

  private SealedKeys() {}

  /** The file of the data root that holds them. */
  static Path file(Home home) {
    return home.root().resolve(Contents.KEYS);
  }

  /** The first line of the file, or of standard input for {@code -}. */
  static char[] passphrase(String from, InputStream in) {
    String text;
    try {
      byte[] bytes =
          from.equals("-")
              ? in.readNBytes(LONGEST_PASSPHRASE * 4)
              : Files.readAllBytes(Path.of(from));
      text = new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.INVALID, "backup.passphrase", "cannot read the passphrase: " + e, null);
    }
    String line = text.lines().findFirst().orElse("");
    if (line.length() < SHORTEST_PASSPHRASE || line.length() > LONGEST_PASSPHRASE) {
      throw new GyreException(
          ErrorKind.INVALID,
          "backup.passphrase",
          "the passphrase, the first line, must have "
              + SHORTEST_PASSPHRASE
              + " to "
              + LONGEST_PASSPHRASE
              + " characters",
          null);
    }
    return line.toCharArray();
  }

  static byte[] seal(Home home, char[] passphrase) {
    byte[] keys;
    try {
      keys = Files.readAllBytes(file(home));
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.NOT_FOUND,
          "backup.no_keys",
          "there are no keys in " + file(home) + ": " + e,
          "take the backup without --with-keys, and keep the key where it comes from (gyre doctor)",
          List.of(),
          e);
    }
    Argon2id.Cost cost = Argon2id.Cost.PASSPHRASE;
    byte[] salt = Argon2id.newSalt();
    byte[] sealed = ring(passphrase, salt, cost).seal(context(), keys);
    Base64.Encoder base64 = Base64.getEncoder();
    String text =
        "%d %d %d %s%n%s%n"
            .formatted(
                cost.memoryKib(),
                cost.iterations(),
                cost.lanes(),
                base64.encodeToString(salt),
                base64.encodeToString(sealed));
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  static byte[] open(String text, char[] passphrase) {
    try {
      List<String> lines = text.lines().toList();
      String[] words = lines.getFirst().split(" ", 4);
      int memory = Integer.parseInt(words[0]);
      int iterations = Integer.parseInt(words[1]);
      if (memory > MOST_MEMORY_KIB || iterations > MOST_ITERATIONS) {
        throw new IllegalArgumentException("a cost that no version of gyre asks for");
      }
      Argon2id.Cost cost = new Argon2id.Cost(memory, iterations, Integer.parseInt(words[2]));
      byte[] salt = Base64.getDecoder().decode(words[3]);
      return ring(passphrase, salt, cost).open(context(), Base64.getDecoder().decode(lines.get(1)));
    } catch (GyreException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new GyreException(
          ErrorKind.INVALID,
          "backup.passphrase",
          "the keys in the backup don't open with this passphrase",
          "nothing was changed; without --with-keys all but the keys is restored",
          List.of(),
          e);
    }
  }

  private static KeyRing ring(char[] passphrase, byte[] salt, Argon2id.Cost cost) {
    return KeyRing.of(List.of(Argon2id.derive(passphrase, salt, cost, KeyRing.KEY_BYTES)));
  }

  private static SealContext context() {
    return SealContext.of("backup-keys");
  }
}
