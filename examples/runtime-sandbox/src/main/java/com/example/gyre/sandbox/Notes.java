package com.example.gyre.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** What {@code sandbox.sh} notes of a run; when is the time of the file. */
final class Notes {
  private Notes() {}

  /**
   * @param main the workload
   * @param init pid 1 of the sandbox; with it everything in there ends
   * @param runner notes the end
   * @param boot the boot in which these were processes
   */
  record Run(Pid main, Pid init, Pid runner, String boot, Instant at) {
    static Optional<Run> read(Path file) throws IOException {
      return words(file, 7)
          .map(w -> new Run(pid(w, 0), pid(w, 2), pid(w, 4), w[6], modified(file)));
    }

    /** Whether there is anything of it, be it only who has yet to note its end. */
    boolean alive(String currentBoot) {
      return boot.equals(currentBoot) && (main.alive() || init.alive() || runner.alive());
    }
  }

  /**
   * @param code -1: nobody was left to see it
   * @param out where in the log of standard output it began and ended
   */
  record End(Pid main, int code, Span out, Span err, Instant at) {
    static Optional<End> read(Path file) throws IOException {
      return words(file, 7)
          .map(
              w ->
                  new End(
                      pid(w, 0),
                      Integer.parseInt(w[2]),
                      new Span(Long.parseLong(w[3]), Long.parseLong(w[4])),
                      new Span(Long.parseLong(w[5]), Long.parseLong(w[6])),
                      modified(file)));
    }

    /** For a run whose runner has died, or that was cut short by the end of the machine. */
    static String unseen(Run run) {
      return run.main.number() + " " + run.main.started() + " -1 0 0 0 0\n";
    }
  }

  record Span(long from, long to) {}

  private static Pid pid(String[] words, int at) {
    return new Pid(Long.parseLong(words[at]), Long.parseLong(words[at + 1]));
  }

  private static Optional<String[]> words(Path file, int count) throws IOException {
    try {
      String[] words = Files.readString(file).strip().split(" ");
      return words.length == count ? Optional.of(words) : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static Instant modified(Path file) {
    return Instant.ofEpochMilli(file.toFile().lastModified());
  }
}
