package io.gyre.cli;

import java.io.Console;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/** Reads the values of secrets; what it says names keys and files, never a value. */
final class SecretInput {
  private static final int MOST_BYTES = 1 << 20;

  private final Session session;
  private final Map<String, byte[]> entries = new TreeMap<>();

  SecretInput(Session session) {
    this.session = session;
  }

  /** {@code KEY=PATH} or {@code PATH}. */
  void file(String option) {
    int equals = option.indexOf('=');
    Path path = Path.of(equals < 0 ? option : option.substring(equals + 1));
    String key = equals < 0 ? String.valueOf(path.getFileName()) : option.substring(0, equals);
    try {
      if (Files.size(path) > MOST_BYTES) {
        throw new CliFailure(
            Exit.FAILED, path + " is longer than the 1 MiB that a secret has", null);
      }
      put(key, Files.readAllBytes(path));
    } catch (IOException e) {
      throw new CliFailure(
          Exit.FAILED, "cannot read " + path + ": " + e.getMessage(), "check --from-file");
    }
  }

  void lines(Path file) {
    EnvFile.read(file).forEach((key, value) -> put(key, value.getBytes(StandardCharsets.UTF_8)));
  }

  /** Of a terminal a line is read that isn't shown; else all there is, as it is. */
  void standardInput(String key) {
    Console console = session.terminal() ? System.console() : null;
    if (console != null && console.isTerminal()) {
      char[] typed = console.readPassword("value of %s: ", key);
      if (typed == null) {
        throw new CliFailure(Exit.FAILED, "no value was typed", null);
      }
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(CharBuffer.wrap(typed));
      byte[] value = new byte[bytes.remaining()];
      bytes.get(value);
      Arrays.fill(typed, ' ');
      put(key, value);
      return;
    }
    try {
      byte[] value = session.in().readNBytes(MOST_BYTES + 1);
      if (value.length > MOST_BYTES) {
        throw new CliFailure(
            Exit.FAILED, "standard input is longer than the 1 MiB that a secret has", null);
      }
      if (value.length > 0 && value[value.length - 1] == '\n') {
        session.note(
            "the value of " + key + " ends with a line break, which is kept; printf makes none");
      }
      put(key, value);
    } catch (IOException e) {
      throw new CliFailure(
          Exit.FAILED, "cannot read standard input: " + e.getMessage(), "give a file");
    }
  }

  /** What was read so far. */
  Map<String, String> base64() {
    Map<String, String> encoded = new TreeMap<>();
    entries.forEach((key, value) -> encoded.put(key, Base64.getEncoder().encodeToString(value)));
    return encoded;
  }

  private void put(String key, byte[] value) {
    if (entries.put(key, value) != null) {
      throw CliFailure.usage("the key \"" + key + "\" is given twice", "once is enough");
    }
  }
}
