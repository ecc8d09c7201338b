package io.gyre.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What the command line asks for.
 *
 * @param faults names of the faults to choose from; empty: all
 * @param home where to work; null: a new directory under the temporary directory
 * @param root the checkout whose launcher and build are used
 */
record Options(
    Duration length,
    long seed,
    Set<String> faults,
    boolean docker,
    boolean keep,
    boolean soak,
    @Nullable Path home,
    Path root) {

  static final String USAGE =
      """
      usage: gyre chaos [--minutes N] [--seconds N] [--seed S] [--faults a,b,...] [--no-docker]
                        [--keep] [--home DIR] [--soak]

        --minutes N    how long faults are made; default 10
        --seed S       chooses faults, victims and pauses; a new one is drawn and printed
        --faults a,b   only these faults; a name that ends with * stands for all that begin so
        --no-docker    no containers, and no engine of its own
        --keep         leave the directory behind, also where all went well
        --home DIR     work here; it must not exist or be empty
        --soak         no faults: only load, and the slopes of memory, descriptors, threads and disk
      """;

  /** A command line that can't be followed. */
  static final class UsageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
      super(message);
    }
  }

  static Options parse(List<String> arguments, Path root) {
    Duration length = Duration.ofMinutes(10);
    long seed = ThreadLocalRandom.current().nextLong(1, 1_000_000_000);
    Set<String> faults = new LinkedHashSet<>();
    boolean docker = true;
    boolean keep = false;
    boolean soak = false;
    Path home = null;
    Deque<String> left = new ArrayDeque<>(arguments);
    while (!left.isEmpty()) {
      String option = left.removeFirst();
      switch (option) {
        case "--minutes" -> length = Duration.ofMillis((long) (number(option, left) * 60_000));
        case "--seconds" -> length = Duration.ofMillis((long) (number(option, left) * 1000));
        case "--seed" -> seed = (long) number(option, left);
        case "--faults" -> faults.addAll(List.of(value(option, left).split(",")));
        case "--no-docker" -> docker = false;
        case "--keep" -> keep = true;
        case "--soak" -> soak = true;
        case "--home" -> home = Path.of(value(option, left)).toAbsolutePath().normalize();
        default -> throw new UsageException("unknown option " + option);
      }
    }
    return new Options(length, seed, Set.copyOf(faults), docker, keep, soak, home, root);
  }

  private static String value(String option, Deque<String> left) {
    if (left.isEmpty()) {
      throw new UsageException(option + " needs a value");
    }
    return left.removeFirst();
  }

  private static double number(String option, Deque<String> left) {
    String text = value(option, left);
    try {
      double number = Double.parseDouble(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new UsageException(option + " needs a number, not " + text);
  }

  boolean chooses(String fault) {
    return faults.isEmpty()
        || faults.stream()
            .anyMatch(
                wanted ->
                    wanted.endsWith("*")
                        ? fault.startsWith(wanted.substring(0, wanted.length() - 1))
                        : fault.equals(wanted));
  }
}
