package io.gyre.runtime.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import io.gyre.runtime.spi.InstanceSecrets;
import io.gyre.runtime.spi.RuntimeContext;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files with secrets, in memory, mounted into containers:
 *
 * <pre>
 *   VOLATILE/ID/N     0400, or a directory 0500 of such; N is the place among the secret volumes.
 *                     Owner is the container's user; VOLATILE/ID itself is 0700 of the host's
 * </pre>
 *
 * Written before each start: of a container that does not run nobody has them open. It is there
 * whole or not at all, and without it the engine refuses to start the container. {@link
 * SecretReplacement} changes files under one that runs.
 */
final class SecretMounts {
  private static final Logger LOG = LoggerFactory.getLogger(SecretMounts.class);
  private static final int TAR_BLOCK = 512;
  private static final int LONGEST_PASSWD = 1 << 20;

  private final RuntimeContext context;
  private final Engine engine;

  SecretMounts(RuntimeContext context, Engine engine) {
    this.context = context;
    this.engine = engine;
  }

  InstanceSecrets read(String id) throws RuntimeFailure {
    InstanceSecrets secrets = context.secrets(id);
    if (!secrets.volumes().isEmpty() && !engine.address().local()) {
      throw new RuntimeFailure(
          Kind.UNSUPPORTED,
          "secret_mount_remote",
          "the files with secrets of instance "
              + id
              + " need an engine on this host, not one reached by TCP",
          "use an engine with a Unix socket");
    }
    return secrets;
  }

  /**
   * What there is of an instance that was made before; empty where that can't be had now, and what
   * is mounted stays as it is.
   */
  Optional<InstanceSecrets> readAgain(String id) throws RuntimeFailure {
    try {
      return Optional.of(read(id));
    } catch (RuntimeFailure e) {
      if (e.kind() != Kind.UNAVAILABLE) {
        throw e;
      }
      LOG.warn("instance {} starts with the secrets that it had: {}", id, e.getMessage());
      return Optional.empty();
    }
  }

  private Path path(String id, int place) throws RuntimeFailure {
    return context.volatileDirectory().resolve(id).resolve(Integer.toString(place));
  }

  List<Path> paths(String id, InstanceSecrets secrets) throws RuntimeFailure {
    List<Path> paths = new ArrayList<>();
    for (int place = 0; place < secrets.volumes().size(); place++) {
      paths.add(path(id, place));
    }
    return paths;
  }

  /** For whoever runs it as root; {@link #handOver} follows. */
  void write(String id, InstanceSecrets secrets) throws IOException, RuntimeFailure {
    if (secrets.volumes().isEmpty()) {
      return;
    }
    Path root = context.volatileDirectory();
    Path own = root.resolve(id);
    Path building = Files.createTempDirectory(root, ".new");
    try {
      for (int place = 0; place < secrets.volumes().size(); place++) {
        write(building.resolve(Integer.toString(place)), secrets.volumes().get(place));
      }
      delete(own);
      Files.move(building, own, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      delete(building);
    }
  }

  private static void write(Path target, InstanceSecrets.Volume volume) throws IOException {
    if (volume.directory()) {
      Files.createDirectory(target);
    }
    for (Map.Entry<String, byte[]> file : volume.files().entrySet()) {
      Path each = volume.directory() ? target.resolve(file.getKey()) : target;
      Files.createFile(
          each, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.write(each, file.getValue());
    }
  }

  /** Gives the files to the user that the container runs as. */
  void handOver(String id, InstanceSecrets secrets, String container)
      throws IOException, RuntimeFailure {
    if (secrets.volumes().isEmpty()) {
      return;
    }
    int[] owner = owner(container);
    boolean root = ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).intValue() == 0;
    for (int place = 0; place < secrets.volumes().size(); place++) {
      handOver(path(id, place), owner, root);
    }
  }

  /** Who isn't root can give nothing away; then the directory above is what keeps others out. */
  private static void handOver(Path path, int[] owner, boolean root) throws IOException {
    boolean directory = Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    if (directory) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
        for (Path entry : entries) {
          handOver(entry, owner, root);
        }
      }
    }
    String mode = root ? "r--------" : "r--r--r--";
    Files.setPosixFilePermissions(
        path, PosixFilePermissions.fromString(directory ? mode.replace("r--", "r-x") : mode));
    if (root) {
      if (directory) {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("r-x------"));
      }
      Files.setAttribute(path, "unix:gid", owner[1]);
      Files.setAttribute(path, "unix:uid", owner[0]);
    }
  }

  void remove(String id) throws IOException {
    Path own;
    try {
      own = context.volatileDirectory().resolve(id);
    } catch (RuntimeFailure e) {
      return;
    }
    delete(own);
  }

  private int[] owner(String container) throws RuntimeFailure {
    InspectContainerResponse inspected =
        engine.ask(docker -> docker.inspectContainerCmd(container).exec());
    var config = inspected.getConfig();
    String user = config == null || config.getUser() == null ? "" : config.getUser();
    if (user.isEmpty()) {
      return new int[] {0, 0};
    }
    String[] parts = user.split(":", 2);
    if (parts[0].matches("\\d{1,9}")) {
      int uid = Integer.parseInt(parts[0]);
      boolean group = parts.length == 2 && parts[1].matches("\\d{1,9}");
      return new int[] {uid, group ? Integer.parseInt(parts[1]) : uid};
    }
    for (String line : passwd(container).split("\n", -1)) {
      String[] fields = line.split(":", -1);
      if (fields.length >= 4
          && fields[0].equals(parts[0])
          && fields[2].matches("\\d{1,9}")
          && fields[3].matches("\\d{1,9}")) {
        return new int[] {Integer.parseInt(fields[2]), Integer.parseInt(fields[3])};
      }
    }
    throw new RuntimeFailure(
        Kind.INVALID,
        "user_unknown",
        "the image has no user \"" + parts[0] + "\" to give the secrets to",
        "name a user of the image, or a number: config.user");
  }

  /** Of the image, without starting anything; empty where it has none. */
  private String passwd(String container) throws RuntimeFailure {
    try (InputStream tar =
        engine.ask(docker -> docker.copyArchiveFromContainerCmd(container, "/etc/passwd").exec())) {
      byte[] header = tar.readNBytes(TAR_BLOCK);
      if (header.length < TAR_BLOCK) {
        return "";
      }
      String size = new String(header, 124, 11, StandardCharsets.US_ASCII).strip();
      int bytes = size.matches("[0-7]+") ? Integer.parseInt(size, 8) : 0;
      return new String(tar.readNBytes(Math.min(bytes, LONGEST_PASSWD)), StandardCharsets.UTF_8);
    } catch (RuntimeFailure e) {
      if (e.kind() == Kind.NOT_FOUND) {
        return "";
      }
      throw e;
    } catch (IOException e) {
      throw engine.failure(e);
    }
  }

  private static void delete(Path path) throws IOException {
    if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
        for (Path entry : entries) {
          delete(entry);
        }
      }
    }
    Files.deleteIfExists(path);
  }
}
