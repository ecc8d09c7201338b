package io.gyre.runtime.process;

import io.gyre.runtime.spi.InstanceSecrets;
import io.gyre.runtime.spi.RuntimeContext;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is secret of an instance, in memory. It is there whole or not at all, and its keeper starts
 * nothing without it.
 *
 * <pre>
 *  VOLATILE/ID/env           variables as shell commands, read by run.sh; 0400, of the host's user
 *  VOLATILE/ID/files/...     of the workload's user: directories 0500, files 0400
 *  STATE/instances/ID/secrets   names VOLATILE/ID; there where the instance has secrets
 * </pre>
 *
 * A start that was asked for makes it anew; {@link SecretReplacement} changes files under one that
 * runs. Whatever else starts the instance, the next generation after a crash of the JVM or the
 * first one after a boot, makes it where it is missing.
 */
final class SecretFiles {
  /** Names the directory with an instance's secret files to its workload. */
  static final String VARIABLE = "GYRE_SECRETS";

  private final RuntimeContext context;

  SecretFiles(RuntimeContext context) {
    this.context = context;
  }

  InstanceSecrets read(String id) throws RuntimeFailure {
    return context.secrets(id);
  }

  /** Where those of an instance are; only for one that has some. */
  Path place(String id) throws RuntimeFailure {
    return context.volatileDirectory().resolve(id);
  }

  /** Whether the instance has secrets that aren't where they should be. */
  boolean missing(InstanceDirectory directory) throws IOException {
    return Files.exists(directory.secrets())
        && !Files.exists(Path.of(Files.readString(directory.secrets()).strip()));
  }

  /** Makes what is missing of an instance that has secrets; the caller has the hold. */
  void ensure(Identity identity, InstanceDirectory directory) throws IOException, RuntimeFailure {
    if (missing(directory)) {
      Path place = Path.of(Files.readString(directory.secrets()).strip());
      write(place, read(identity.id()), identity.user());
    }
  }

  /** Makes it as it is now; the caller has the hold, and the instance does not run. */
  void renew(Identity identity, InstanceDirectory directory) throws IOException, RuntimeFailure {
    if (Files.exists(directory.secrets())) {
      Path place = Path.of(Files.readString(directory.secrets()).strip());
      InstanceSecrets secrets = read(identity.id());
      InstanceDirectory.delete(place);
      write(place, secrets, identity.user());
    }
  }

  /** Gives the files their content of now, whether it runs or not; the caller has the hold. */
  void refresh(Identity identity, InstanceDirectory directory) throws IOException, RuntimeFailure {
    if (!Files.exists(directory.secrets())) {
      return;
    }
    Path place = Path.of(Files.readString(directory.secrets()).strip());
    if (missing(directory)) {
      ensure(identity, directory);
    } else {
      InstanceSecrets secrets = read(identity.id());
      String user = identity.user();
      SecretReplacement.apply(place, secrets, user == null ? null : Users.resolve(user));
    }
  }

  void remove(InstanceDirectory directory) throws IOException {
    if (Files.exists(directory.secrets())) {
      InstanceDirectory.delete(Path.of(Files.readString(directory.secrets()).strip()));
    }
  }

  private void write(Path place, InstanceSecrets secrets, @Nullable String user)
      throws IOException, RuntimeFailure {
    // Makes its parent, which a boot has removed.
    Path parent = context.volatileDirectory();
    if (!place.startsWith(parent)) {
      Files.createDirectories(place.getParent());
    }
    Users owner = user == null ? null : Users.resolve(user);
    Path building = Files.createTempDirectory(place.getParent(), ".new");
    try {
      Path files = Files.createDirectory(building.resolve("files"));
      for (InstanceSecrets.Volume volume : secrets.volumes()) {
        write(files, volume);
      }
      protect(files, owner);
      Path env = building.resolve("env");
      create(env, text(secrets.environment(), place).getBytes(StandardCharsets.UTF_8));
      Files.setPosixFilePermissions(building, PosixFilePermissions.fromString("rwx--x--x"));
      Files.move(building, place, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      InstanceDirectory.delete(building);
    }
  }

  private static void write(Path files, InstanceSecrets.Volume volume) throws IOException {
    Path destination = destination(files, volume);
    Files.createDirectories(
        volume.directory() ? destination : Objects.requireNonNull(destination.getParent()));
    for (Map.Entry<String, byte[]> file : volume.files().entrySet()) {
      create(
          volume.directory() ? destination.resolve(file.getKey()) : destination, file.getValue());
    }
  }

  static Path destination(Path files, InstanceSecrets.Volume volume) throws IOException {
    Path destination = files.resolve(volume.destination().substring(1)).normalize();
    if (!destination.startsWith(files) || destination.equals(files)) {
      throw new IOException(volume.destination() + " is no place for a secret");
    }
    return destination;
  }

  static void create(Path file, byte[] content) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(file, content);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
  }

  /** Gives all of it to the workload's user, who alone may read it. */
  private static void protect(Path path, @Nullable Users owner) throws IOException {
    if (Files.isDirectory(path)) {
      try (var entries = Files.newDirectoryStream(path)) {
        for (Path entry : entries) {
          protect(entry, owner);
        }
      }
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r-x------"));
    }
    if (owner != null) {
      Files.setAttribute(path, "unix:gid", owner.gid());
      Files.setAttribute(path, "unix:uid", owner.uid());
    }
  }

  private static String text(Map<String, String> environment, Path place) {
    StringBuilder text = new StringBuilder();
    Map<String, String> all = new TreeMap<>(environment);
    all.put(VARIABLE, place.resolve("files").toString());
    all.forEach(
        (name, value) ->
            text.append("export ")
                .append(name)
                .append('=')
                .append(Shell.quote(value))
                .append('\n'));
    return text.toString();
  }
}
