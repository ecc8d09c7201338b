package io.gyre.chaos;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/** Hurts what is on the disk: fills it, locks the database, wipes the bus, tears its queues. */
final class StorageFaults {
  private static final Duration BOUND = Duration.ofSeconds(60);

  private StorageFaults() {}

  static List<Fault> of(Scene scene) {
    List<Fault> faults = new ArrayList<>();
    if (scene.lab().ownDisk()) {
      faults.add(
          new Fault(
              "disk-full",
              "fill the file system of the data root to the last byte, free it after a while",
              Set.of("disk", "database"),
              BOUND,
              random -> full(scene, 500 + random.nextInt(2500))));
    }
    faults.add(
        new Fault(
            "lock-database",
            "hold the database's write lock",
            Set.of("disk", "database"),
            BOUND,
            random -> lock(scene, 300 + random.nextInt(random.nextInt(10) == 0 ? 20_000 : 1500))));
    faults.add(
        new Fault(
            "wipe-bus",
            "kill -9 everything, delete the bus, start again",
            Set.of(Fault.ALL),
            BOUND,
            random -> {
              ComponentFaults.killAll(scene);
              wipe(scene.gyre().home.resolve("bus"));
              return new Fault.Made("", 0, scene.gyre()::upSoon);
            }));
    faults.add(
        new Fault(
            "tear-queue",
            "kill -9 everything, cut off or overwrite the tail of a queue, start again",
            Set.of(Fault.ALL),
            BOUND,
            random -> {
              ComponentFaults.killAll(scene);
              String torn = tear(scene.gyre().home.resolve("bus"), random);
              return new Fault.Made(torn, 0, scene.gyre()::upSoon);
            }));
    return faults;
  }

  private static Fault.Made full(Scene scene, long holdMs) throws IOException {
    Path file = scene.lab().disk.resolve("filler");
    byte[] block = new byte[1 << 20];
    long written = 0;
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      for (int size = block.length; size >= 1; size /= 16) {
        try {
          while (true) {
            out.write(block, 0, size);
            written += size;
          }
        } catch (IOException e) {
          // Full for blocks of this size.
        }
      }
    }
    return new Fault.Made((written >> 20) + " MiB", holdMs, () -> Files.delete(file));
  }

  private static Fault.Made lock(Scene scene, long holdMs) throws Exception {
    Path database = scene.gyre().home.resolve("data/gyre.db");
    Process holder =
        new ProcessBuilder(
                Shell.python(),
                "-c",
                """
                import sqlite3, sys
                connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
                connection.execute("BEGIN IMMEDIATE")
                print("held", flush=True)
                sys.stdin.read()
                connection.execute("ROLLBACK")
                """,
                database.toString())
            .redirectErrorStream(true)
            .start();
    byte[] held = holder.getInputStream().readNBytes(4);
    if (held.length < 4) {
      throw new IOException("the lock was not had");
    }
    return new Fault.Made(
        holdMs + " ms",
        holdMs,
        () -> {
          holder.getOutputStream().close();
          holder.waitFor();
        });
  }

  private static void wipe(Path bus) throws IOException {
    try (Stream<Path> all = Files.walk(bus)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        if (!path.equals(bus)) {
          Files.deleteIfExists(path);
        }
      }
    }
  }

  private static String tear(Path bus, RandomGenerator random) throws IOException {
    List<Path> queues;
    try (Stream<Path> all = Files.walk(bus)) {
      queues =
          all.filter(
                  file -> file.toString().endsWith(".cq4") && !file.toString().contains("broken"))
              .sorted(Comparator.comparing(Path::toString))
              .toList();
    }
    if (queues.isEmpty()) {
      return "there is no queue";
    }
    Path file = queues.get(random.nextInt(queues.size()));
    int bytes = 1 + random.nextInt(300);
    boolean cut = random.nextBoolean();
    try (RandomAccessFile queue = new RandomAccessFile(file.toFile(), "rw")) {
      long end = dataEnd(queue);
      long from = Math.max(0, end - bytes);
      if (cut) {
        queue.setLength(from);
      } else {
        byte[] garbage = new byte[(int) (end - from)];
        random.nextBytes(garbage);
        queue.seek(from);
        queue.write(garbage);
      }
      return (cut ? "cut at " : "overwrote from ") + from + " (data ended at " + end + "): " + file;
    }
  }

  /** After the last byte that isn't zero. */
  private static long dataEnd(RandomAccessFile file) throws IOException {
    byte[] block = new byte[64 << 10];
    for (long at = file.length(); at > 0; ) {
      int size = (int) Math.min(block.length, at);
      at -= size;
      file.seek(at);
      file.readFully(block, 0, size);
      for (int i = size - 1; i >= 0; i--) {
        if (block[i] != 0) {
          return at + i + 1;
        }
      }
    }
    return 0;
  }
}
