package io.gyre.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The directory that a run works in.
 *
 * <pre>
 * disk/          a small file system of its own (where root may mount one)
 * disk/gyre/     the data root of the Gyre under attack
 * evidence/      what workloads write: starts, locks, state
 * failpoints/    GYRE_FAILPOINTS
 * plugins/       variants of the plugins, made before they are dropped
 * docker/        data, exec root and socket of an engine of its own
 * history.log    every fault and every finding
 * </pre>
 */
final class Lab implements AutoCloseable {
  private static final int DISK_MIB = 384;

  final Path base;
  final Path disk;
  final Path home;
  final Path evidence;
  final Path failpoints;
  final Path plugins;
  final Path docker;
  private boolean mounted;

  private Lab(Path base) {
    this.base = base;
    this.disk = base.resolve("disk");
    this.home = disk.resolve("gyre");
    this.evidence = base.resolve("evidence");
    this.failpoints = base.resolve("failpoints");
    this.plugins = base.resolve("plugins");
    this.docker = base.resolve("docker");
  }

  static Lab create(Options options) {
    try {
      Path base =
          options.home() == null
              ? Files.createTempDirectory("gyre-chaos-")
              : Files.createDirectories(options.home());
      try (Stream<Path> inside = Files.list(base)) {
        if (inside.findAny().isPresent()) {
          throw new Options.UsageException(base + " is not empty");
        }
      }
      Lab lab = new Lab(base);
      for (Path directory : List.of(lab.disk, lab.failpoints, lab.plugins, lab.docker)) {
        Files.createDirectories(directory);
      }
      for (String part : List.of("starts", "locks", "state")) {
        Files.createDirectories(lab.evidence.resolve(part));
      }
      lab.mount();
      Files.createDirectories(lab.home);
      lab.resource("workload.py", lab.evidence.resolve("workload.py"));
      lab.resource("container.sh", lab.evidence.resolve("container.sh"));
      lab.resource("clock.c", lab.base.resolve("clock.c"));
      return lab;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** An ext4 of its own, since a full disk is to be tried; else a file system in memory. */
  private void mount() {
    Path image = base.resolve("disk.img");
    boolean made =
        Shell.has("mkfs.ext4")
            && Shell.run("truncate", "-s", DISK_MIB + "M", image.toString()).ok()
            && Shell.run("mkfs.ext4", "-q", "-F", image.toString()).ok()
            && Shell.run("mount", "-o", "loop", image.toString(), disk.toString()).ok();
    mounted =
        made
            || Shell.run(
                    "mount",
                    "-t",
                    "tmpfs",
                    "-o",
                    "size=" + DISK_MIB + "m",
                    "tmpfs",
                    disk.toString())
                .ok();
  }

  boolean ownDisk() {
    return mounted;
  }

  private void resource(String name, Path target) throws IOException {
    try (InputStream in = Objects.requireNonNull(Lab.class.getResourceAsStream(name), name)) {
      Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Unmounts; the files stay. */
  @Override
  public void close() {
    if (mounted) {
      for (int i = 0; i < 50 && !Shell.run("umount", disk.toString()).ok(); i++) {
        Shell.pause(200);
      }
    }
  }

  /** Keeps the data root for a look although its file system goes. */
  void keepHome() {
    if (mounted) {
      Shell.run("cp", "-a", home.toString(), base.resolve("gyre-home").toString());
    }
  }

  void delete() {
    try (Stream<Path> all = Files.walk(base)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | UncheckedIOException e) {
      System.out.println("left behind: " + base + " (" + e.getMessage() + ")");
    }
  }
}
