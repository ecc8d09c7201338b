package io.gyre.vault;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The keys of this process as they are now. Files are looked at each time and read again when they
 * have changed, so that a new key needs no restart. Any thread.
 *
 * <pre>
 * DATA/keys/kek          keys; made at first use unless the configuration names another source
 * DATA/keys/passphrase   salt and cost of keys that are derived from passphrases; no secret
 * </pre>
 *
 * Whatever the source, what is in {@code DATA/keys/kek} opens too: so the source can be changed,
 * and `rotate-kek` then moves everything under the key of the new one.
 */
public final class Keys {
  private final Supplier<KeySource> source;
  private final Path directory;
  private final Map<String, String> environment;
  private final boolean makes;
  private @Nullable Seen seen;

  /** A ring and what the files were like that it was read from. */
  private record Seen(KeySource source, List<String> marks, KeyRing ring) {}

  /**
   * @param source asked each time
   * @param directory {@code DATA/keys}, which need not be there
   * @param makes whether this process writes what is missing; one of all does
   */
  public Keys(
      Supplier<KeySource> source, Path directory, Map<String, String> environment, boolean makes) {
    this.source = source;
    this.directory = directory;
    this.environment = Map.copyOf(environment);
    this.makes = makes;
  }

  /**
   * All keys that there are; may be none.
   *
   * @throws GyreException UNAVAILABLE where a key is there but not to be used, and why
   */
  public synchronized KeyRing ring() {
    KeySource from = source.get();
    List<String> marks = marks(from);
    Seen last = seen;
    if (last == null || !last.source.equals(from) || !last.marks.equals(marks)) {
      last = new Seen(from, marks, KeyRing.of(read(from)));
      seen = last;
    }
    return last.ring;
  }

  /** Makes the first key where the source is a file that isn't there yet. */
  public synchronized KeyRing make() {
    KeyRing ring = ring();
    Path file = writable();
    if (!ring.isEmpty() || file == null || !makes) {
      return ring;
    }
    KeyText.write(file, line(KeyRing.newKey()), false);
    seen = null;
    return ring();
  }

  /**
   * Adds a key, which is current from now on.
   *
   * @throws GyreException UNSUPPORTED where the source isn't a file of ours
   */
  public synchronized KeyRing add() {
    Path file = writable();
    if (file == null) {
      throw new GyreException(
          ErrorKind.UNSUPPORTED,
          "secrets.key_not_ours",
          "the key comes from " + place() + ", where Gyre writes nothing",
          "add a line with a new key to it, restart the API and the runtime host, and run this"
              + " again");
    }
    String before = Files.exists(file) ? KeyText.readPrivate(file) : "";
    String text = before.isEmpty() || before.endsWith("\n") ? before : before + "\n";
    KeyText.write(file, text + line(KeyRing.newKey()), true);
    seen = null;
    return ring();
  }

  /** Where the current key is looked for, in words. */
  public String place() {
    return switch (source.get()) {
      case KeySource.Automatic _ ->
          automatic() ? "the credential " + KeySource.CREDENTIAL : own().toString();
      case KeySource.KeyFile(Path file) -> file.toString();
      case KeySource.Variable(String name) -> "the variable " + name;
      case KeySource.Credential(String name) -> "the credential " + name;
      case KeySource.Passphrase(Path file) -> "the passphrase in " + file;
    };
  }

  private List<byte[]> read(KeySource from) {
    List<byte[]> keys = new ArrayList<>();
    if (Files.exists(own())) {
      keys.addAll(KeyText.keys(KeyText.readPrivate(own()), own().toString()));
    }
    keys.addAll(
        switch (from) {
          case KeySource.Automatic _ ->
              automatic() ? credential(KeySource.CREDENTIAL) : List.<byte[]>of();
          case KeySource.KeyFile(Path file) ->
              file.equals(own()) || !Files.exists(file)
                  ? List.<byte[]>of()
                  : KeyText.keys(KeyText.readPrivate(file), file.toString());
          case KeySource.Variable(String name) ->
              KeyText.keys(environment.getOrDefault(name, ""), "the variable " + name);
          case KeySource.Credential(String name) -> credential(name);
          case KeySource.Passphrase(Path file) -> derived(file);
        });
    return keys;
  }

  private List<byte[]> credential(String name) {
    Path file = credentialFile(name);
    if (file == null || !Files.exists(file)) {
      return List.of();
    }
    return KeyText.keys(KeyText.readAny(file), "the credential " + name);
  }

  private List<byte[]> derived(Path file) {
    List<String> phrases = KeyText.lines(KeyText.readPrivate(file));
    Path notes = directory.resolve("passphrase");
    if (!Files.exists(notes)) {
      if (!makes) {
        return List.of();
      }
      Argon2id.Cost cost = Argon2id.Cost.PASSPHRASE;
      KeyText.write(
          notes,
          cost.memoryKib()
              + " "
              + cost.iterations()
              + " "
              + cost.lanes()
              + " "
              + Base64.getEncoder().encodeToString(Argon2id.newSalt())
              + "\n",
          false);
    }
    String[] words = KeyText.readPrivate(notes).strip().split(" ");
    try {
      Argon2id.Cost cost =
          new Argon2id.Cost(
              Integer.parseInt(words[0]), Integer.parseInt(words[1]), Integer.parseInt(words[2]));
      byte[] salt = Base64.getDecoder().decode(words[3]);
      return phrases.stream()
          .map(phrase -> Argon2id.derive(phrase.toCharArray(), salt, cost, KeyRing.KEY_BYTES))
          .toList();
    } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
      throw KeyText.unusable(notes + " is damaged", "restore it from a backup");
    }
  }

  private boolean automatic() {
    Path file = credentialFile(KeySource.CREDENTIAL);
    return file != null && Files.exists(file);
  }

  private @Nullable Path credentialFile(String name) {
    String credentials = environment.getOrDefault("CREDENTIALS_DIRECTORY", "");
    return credentials.isEmpty() ? null : Path.of(credentials).resolve(name);
  }

  private Path own() {
    return directory.resolve("kek");
  }

  private @Nullable Path writable() {
    return switch (source.get()) {
      case KeySource.Automatic _ -> automatic() ? null : own();
      case KeySource.KeyFile(Path file) -> file;
      case KeySource.Variable _, KeySource.Credential _, KeySource.Passphrase _ -> null;
    };
  }

  /** Differ where the files do. */
  private List<String> marks(KeySource from) {
    List<Path> files = new ArrayList<>(List.of(own(), directory.resolve("passphrase")));
    switch (from) {
      case KeySource.Automatic _ -> addIfAny(files, credentialFile(KeySource.CREDENTIAL));
      case KeySource.KeyFile(Path file) -> files.add(file);
      case KeySource.Credential(String name) -> addIfAny(files, credentialFile(name));
      case KeySource.Passphrase(Path file) -> files.add(file);
      case KeySource.Variable _ -> {}
    }
    return files.stream().map(Keys::mark).toList();
  }

  private static void addIfAny(List<Path> files, @Nullable Path file) {
    if (file != null) {
      files.add(file);
    }
  }

  private static String mark(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.fileKey()
          + " "
          + attributes.size()
          + " "
          + attributes.lastModifiedTime().toMillis()
          + " "
          + Files.getAttribute(file, "unix:ctime");
    } catch (IOException e) {
      return "";
    }
  }

  private static String line(byte[] key) {
    return Base64.getEncoder().encodeToString(key) + "\n";
  }
}
