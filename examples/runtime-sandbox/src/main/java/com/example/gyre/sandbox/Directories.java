package com.example.gyre.sandbox;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Where the sandboxes are. They come and go by a rename, so that one is there whole or not at all,
 * whoever dies meanwhile.
 *
 * <pre>
 * STATE/instances/ID    see Sandbox
 * STATE/scratch/…       being made or deleted; swept when the runtime is opened
 * </pre>
 */
record Directories(Path all, Path scratch, String boot) {
  static Directories in(Path state) throws IOException {
    String boot = Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
    Path all = Files.createDirectories(state.resolve("instances"));
    Path scratch = Files.createDirectories(state.resolve("scratch"));
    try (DirectoryStream<Path> left = Files.newDirectoryStream(scratch)) {
      for (Path directory : left) {
        delete(directory);
      }
    }
    return new Directories(all, scratch, boot);
  }

  Sandbox of(String id) {
    return new Sandbox(all.resolve(id), boot);
  }

  List<Sandbox> list() throws IOException {
    List<Sandbox> sandboxes = new ArrayList<>();
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(all)) {
      directories.forEach(directory -> sandboxes.add(new Sandbox(directory, boot)));
    }
    return sandboxes;
  }

  Path newScratch() {
    return scratch.resolve(UUID.randomUUID().toString());
  }

  void delete(Sandbox sandbox) throws IOException {
    Path gone = newScratch();
    try {
      Files.move(sandbox.directory(), gone, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return;
    }
    delete(gone);
  }

  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
