import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Row 17: what a data root takes on the disk, at rest and after a day. The day is made of 24 jumps
 * of the wall clock that Gyre's processes see, an hour each, with changes in each hour; so files
 * are begun and deleted as in a real day. How many changes, says the row.
 */
final class Disk {
  private static final int HOURS = 24;

  private final Workshop workshop;

  Disk(Workshop workshop) {
    this.workshop = workshop;
  }

  List<Row> measure() throws Exception {
    int changes = workshop.quick() ? 5 : 10;
    Path clock = workshop.directory().resolve("clock");
    Path library = workshop.directory().resolve("clock.so");
    jump(clock, 0);
    List<Row> rows = new ArrayList<>();
    try (Gyre gyre = Gyre.prepare(workshop, "")) {
      boolean moves = compile(library);
      if (moves) {
        gyre.with("LD_PRELOAD", library.toString()).with("CHAOS_CLOCK", clock.toString());
      }
      gyre.up();
      gyre.apply(manifest(2));
      Thread.sleep(2000);
      rows.add(value("disk, at rest with 2 processes", kilobytes(gyre)));
      if (!moves) {
        rows.add(Row.missing(17, "disk after a day", "the clock can't be moved without cc"));
        return rows;
      }
      int replicas = 2;
      try (Events events = gyre.events()) {
        for (int hour = 1; hour <= HOURS; hour++) {
          for (int change = 0; change < changes; change++) {
            long from = System.nanoTime();
            replicas = 5 - replicas;
            gyre.apply(manifest(replicas));
            events.await("some", "instance_(started|removed)", from, 30);
          }
          jump(clock, hour * 3600L);
          Thread.sleep(500);
        }
        String what = "disk, 24 simulated hours with %d changes and %d events later";
        Thread.sleep(2000);
        rows.add(value(what.formatted(HOURS * changes, events.count()), kilobytes(gyre)));
      }
    }
    return rows;
  }

  private static Row value(String what, double kilobytes) {
    return Row.measured(17, what, "MB", Samples.of(kilobytes / 1024));
  }

  private static String manifest(int replicas) {
    return """
    deployments:
      some: { replicas: %d, process: { command: [sleep, "1000000"], stop_grace: 1s } }
    """
        .formatted(replicas);
  }

  /** What is allocated: mapped files are larger than what is in them. */
  private static double kilobytes(Gyre gyre) throws Exception {
    String out = Command.of("du", "-sk", gyre.home().toString()).need("du");
    return Double.parseDouble(out.split("\\s")[0]);
  }

  /** The library with which {@code gyre chaos} moves the clock. */
  private boolean compile(Path library) throws Exception {
    Path source =
        workshop.sources().resolve("../chaos/src/main/resources/io/gyre/chaos/clock.c").normalize();
    return Command.onPath("cc").isPresent()
        && Files.exists(source)
        && Command.of(
                "cc",
                "-O2",
                "-shared",
                "-fPIC",
                "-o",
                library.toString(),
                source.toString(),
                "-ldl")
            .run()
            .ok();
  }

  private static void jump(Path clock, long seconds) throws Exception {
    try (RandomAccessFile file = new RandomAccessFile(clock.toFile(), "rw")) {
      file.writeLong(Long.reverseBytes(seconds));
    }
  }
}
