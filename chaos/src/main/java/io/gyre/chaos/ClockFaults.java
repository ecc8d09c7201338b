package io.gyre.chaos;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Moves the wall clock of Gyre's processes and of nothing else: a small library that is loaded into
 * them adds what a mapped file says to every reading of the clock. The monotonic clock stays right,
 * as it does on a real machine.
 */
final class ClockFaults {
  private static final Duration BOUND = Duration.ofSeconds(60);

  private ClockFaults() {}

  /** Prepares what Gyre is started with; says why that can't be, or nothing. */
  static String prepare(Lab lab, Gyre gyre) {
    if (!Shell.has("cc")) {
      return "no C compiler (cc) is installed, so the clock can't be moved";
    }
    Path library = lab.base.resolve("clock.so");
    Shell.Result built =
        Shell.run(
            "cc",
            "-O2",
            "-shared",
            "-fPIC",
            "-o",
            library.toString(),
            lab.base.resolve("clock.c").toString(),
            "-ldl");
    if (!built.ok()) {
      return "clock.c does not compile: " + built.out();
    }
    move(lab, 0);
    gyre.setEnvironment("LD_PRELOAD", library.toString());
    gyre.setEnvironment("CHAOS_CLOCK", file(lab).toString());
    return "";
  }

  static List<Fault> of(Scene scene) {
    return List.of(
        jump(scene, "clock-forward", "move the clock of Gyre an hour ahead, then back", 3600),
        jump(scene, "clock-back", "move the clock of Gyre an hour back, then right", -3600));
  }

  private static Fault jump(Scene scene, String name, String what, long seconds) {
    return new Fault(
        name,
        what,
        Set.of("clock"),
        BOUND,
        random -> {
          move(scene.lab(), seconds);
          return new Fault.Made(
              seconds + " s", 300 + random.nextInt(2500), () -> move(scene.lab(), 0));
        });
  }

  private static Path file(Lab lab) {
    return lab.base.resolve("clock");
  }

  private static void move(Lab lab, long seconds) {
    try (RandomAccessFile clock = new RandomAccessFile(file(lab).toFile(), "rw")) {
      clock.writeLong(Long.reverseBytes(seconds));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
