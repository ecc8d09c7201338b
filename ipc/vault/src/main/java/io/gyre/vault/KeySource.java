package io.gyre.vault;

import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** Where the key-encryption keys come from, as the configuration says. */
public sealed interface KeySource {
  String CREDENTIAL = "gyre.kek";

  /** The credential of systemd where the unit has one, else a file of the data root. */
  record Automatic() implements KeySource {}

  /** A file that only its owner may read; made at first use. */
  record KeyFile(Path file) implements KeySource {}

  /** A variable of the environment of the API and of the runtime host. */
  record Variable(String name) implements KeySource {}

  /** A credential that systemd hands to the units. */
  record Credential(String name) implements KeySource {}

  /** Passphrases in a file, from which keys are derived. */
  record Passphrase(Path file) implements KeySource {}

  Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}");

  /** {@code auto}, {@code file:PATH}, {@code env:NAME}, {@code credential:NAME} and so on. */
  static KeySource of(String text) {
    return parse(text)
        .orElseThrow(() -> new IllegalArgumentException("no source of keys: " + text));
  }

  /** As {@link #of}; empty where it is none. */
  static Optional<KeySource> parse(String text) {
    int colon = text.indexOf(':');
    String kind = colon < 0 ? text : text.substring(0, colon);
    String rest = colon < 0 ? "" : text.substring(colon + 1);
    boolean name = NAME.matcher(rest).matches();
    boolean path = rest.startsWith("/");
    return switch (kind) {
      case "auto" -> Optional.of((KeySource) new Automatic()).filter(_ -> colon < 0);
      case "file" -> path ? Optional.of(new KeyFile(Path.of(rest))) : Optional.empty();
      case "passphrase" -> path ? Optional.of(new Passphrase(Path.of(rest))) : Optional.empty();
      case "env" -> name ? Optional.of(new Variable(rest)) : Optional.empty();
      case "credential" -> name ? Optional.of(new Credential(rest)) : Optional.empty();
      default -> Optional.empty();
    };
  }
}
