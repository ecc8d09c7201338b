package io.gyre.runtime.process;

import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The user that a workload runs as.
 *
 * @param name null where the uid has no entry
 */
record Users(int uid, int gid, @Nullable String name, String home) {
  private static final String HINT = "Give a user of this host, or uid or uid:gid as numbers.";

  /** The entry of {@code name} or {@code uid[:gid]}. */
  static Users resolve(String user) throws RuntimeFailure {
    String[] parts = user.split(":", -1);
    if (parts.length > 2 || parts[0].isEmpty()) {
      throw invalid("'" + user + "' is no user.");
    }
    boolean numeric = parts[0].matches("\\d{1,9}");
    if (parts.length == 2 && !(numeric && parts[1].matches("\\d{1,9}"))) {
      throw invalid("'" + user + "' is no user: a group goes with a uid, both as numbers.");
    }
    Optional<String[]> entry = entry(parts[0], numeric ? 2 : 0);
    if (!numeric && entry.isEmpty()) {
      throw invalid("There is no user '" + user + "' on this host.");
    }
    int uid = numeric ? Integer.parseInt(parts[0]) : Integer.parseInt(entry.orElseThrow()[2]);
    int gid =
        parts.length == 2
            ? Integer.parseInt(parts[1])
            : entry.map(fields -> Integer.parseInt(fields[3])).orElse(uid);
    return new Users(
        uid,
        gid,
        entry.map(fields -> fields[0]).orElse(null),
        entry.map(fields -> fields[5]).filter(home -> !home.isBlank()).orElse("/"));
  }

  /** What {@code setpriv} is told to become this user. */
  List<String> setpriv(String program) {
    return List.of(
        program,
        "--reuid=" + uid,
        "--regid=" + gid,
        name == null ? "--clear-groups" : "--init-groups",
        "--");
  }

  /** Fields of the line of /etc/passwd, or of what the name service says beyond it. */
  private static Optional<String[]> entry(String key, int field) throws RuntimeFailure {
    try {
      for (String line : Files.readAllLines(Path.of("/etc/passwd"))) {
        String[] fields = line.split(":", -1);
        if (fields.length >= 7 && fields[field].equals(key)) {
          return Optional.of(fields);
        }
      }
      return nameService(key);
    } catch (IOException e) {
      throw new RuntimeFailure(
          RuntimeFailure.Kind.ENGINE,
          "users_unreadable",
          "Can't look up the user '" + key + "': " + e.getMessage(),
          null,
          e);
    }
  }

  private static Optional<String[]> nameService(String key) throws IOException {
    Optional<Path> getent = Programs.find("getent", Machine.path());
    if (getent.isEmpty() || key.startsWith("-")) {
      return Optional.empty();
    }
    Process process =
        new ProcessBuilder(getent.get().toString(), "passwd", key)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (var output = process.inputReader()) {
      String line = output.readLine();
      process.waitFor(5, TimeUnit.SECONDS);
      String[] fields = line == null ? new String[0] : line.split(":", -1);
      return fields.length >= 7 ? Optional.of(fields) : Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      process.destroyForcibly();
    }
  }

  private static RuntimeFailure invalid(String message) {
    return new RuntimeFailure(RuntimeFailure.Kind.INVALID, "user_unknown", message, HINT);
  }
}
