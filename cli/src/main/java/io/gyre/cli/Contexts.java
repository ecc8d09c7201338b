package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The Gyres that a user works with, in {@code contexts.yaml} of his configuration directory. It
 * holds secrets: it is his alone, and isn't read where others may.
 */
final class Contexts {
  /**
   * @param server address of the API
   * @param token a token or what a login gave; empty: none
   * @param namespace what commands are about that name none; empty: default
   * @param ca file with the certificates that the server's is trusted by; empty: those of the JDK
   */
  record Context(String server, String token, String namespace, String ca) {
    Context withToken(String other) {
      return new Context(server, other, namespace, ca);
    }

    /** Says nothing of the token. */
    @Override
    public String toString() {
      return "Context[" + server + "]";
    }
  }

  private static final Set<PosixFilePermission> OWN = PosixFilePermissions.fromString("rw-------");

  private final Path file;
  private final SortedMap<String, Context> contexts = new TreeMap<>();
  private String current = "";

  private Contexts(Path file) {
    this.file = file;
  }

  /** Empty where the environment names no home. */
  static Optional<Path> file(Map<String, String> environment) {
    String config = environment.getOrDefault("XDG_CONFIG_HOME", "");
    String home = environment.getOrDefault("HOME", "");
    if (!config.isEmpty()) {
      return Optional.of(Path.of(config, "gyre", "contexts.yaml"));
    }
    return home.isEmpty()
        ? Optional.empty()
        : Optional.of(Path.of(home, ".config", "gyre", "contexts.yaml"));
  }

  /**
   * @throws CliFailure where others may read it, or it can't be understood
   */
  static Contexts read(Session session) {
    Path file =
        file(session.environment())
            .orElseThrow(
                () -> CliFailure.usage("there is no home to keep contexts in", "set HOME"));
    Contexts read = new Contexts(file);
    try {
      String text = Files.readString(file);
      if (!Files.getPosixFilePermissions(file).stream()
          .allMatch(each -> each.name().startsWith("OWNER"))) {
        throw new CliFailure(
            Exit.FAILED,
            file + " holds secrets and can be read by others",
            "chmod 600 " + file + ", and replace the tokens in it");
      }
      read.take(ContextsText.read(text));
    } catch (NoSuchFileException e) {
      // None yet.
    } catch (IOException e) {
      throw new CliFailure(Exit.FAILED, "cannot read " + file + ": " + e.getMessage(), null);
    } catch (IllegalArgumentException e) {
      throw new CliFailure(
          Exit.FAILED, file + ": " + e.getMessage(), "mend it, or remove it and log in again");
    }
    return read;
  }

  /** The current one; empty where there is none, or no file at all. */
  static Optional<Context> current(Session session) {
    return file(session.environment()).filter(Files::exists).isPresent()
        ? read(session).current()
        : Optional.empty();
  }

  private void take(JsonNode root) {
    current = Json.text(root, "current");
    root.path("contexts")
        .properties()
        .forEach(
            each ->
                contexts.put(
                    each.getKey(),
                    new Context(
                        Json.text(each.getValue(), "server"),
                        Json.text(each.getValue(), "token"),
                        Json.text(each.getValue(), "namespace"),
                        Json.text(each.getValue(), "ca"))));
    if (!current.isEmpty() && !contexts.containsKey(current)) {
      throw new IllegalArgumentException("there is no context " + current);
    }
  }

  String currentName() {
    return current;
  }

  Optional<Context> current() {
    return Optional.ofNullable(contexts.get(current));
  }

  List<String> names() {
    return new ArrayList<>(contexts.keySet());
  }

  @Nullable Context find(String name) {
    return contexts.get(name);
  }

  Context require(String name) {
    Context found = contexts.get(name);
    if (found == null) {
      throw new CliFailure(
          Exit.NOT_FOUND,
          "no context " + name,
          contexts.isEmpty()
              ? "gyre context add NAME --server URL"
              : "there are " + String.join(", ", contexts.keySet()));
    }
    return found;
  }

  void put(String name, Context context) {
    contexts.put(name, context);
  }

  void use(String name) {
    Context _ = require(name);
    current = name;
  }

  void remove(String name) {
    Context _ = require(name);
    contexts.remove(name);
    current = current.equals(name) ? "" : current;
  }

  /** Replaces the file at once; nobody else may ever read it. */
  void write() throws IOException {
    ObjectNode root = Json.object();
    if (!current.isEmpty()) {
      root.put("current", current);
    }
    ObjectNode all = root.putObject("contexts");
    contexts.forEach(
        (name, context) -> {
          ObjectNode one = all.putObject(name);
          one.put("server", context.server());
          putUnlessEmpty(one, "token", context.token());
          putUnlessEmpty(one, "namespace", context.namespace());
          putUnlessEmpty(one, "ca", context.ca());
        });
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IOException(file + " is in no directory");
    }
    Files.createDirectories(directory);
    Path temporary =
        Files.createTempFile(
            directory, ".contexts", ".yaml", PosixFilePermissions.asFileAttribute(OWN));
    try {
      Files.writeString(temporary, YamlText.of(root), StandardCharsets.UTF_8);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void putUnlessEmpty(ObjectNode node, String field, String value) {
    if (!value.isEmpty()) {
      node.put(field, value);
    }
  }
}
