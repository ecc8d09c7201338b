package io.gyre.runtime.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Finds the processes of an instance by the environment they were given. */
final class Strays {
  private static final String HANDLE = "GYRE_HANDLE=";
  private static final String KEEPER = "GYRE_KEEPER=";

  /** In the environment of commands that run beside the main process. */
  static final String EXEC = "GYRE_EXEC";

  private Strays() {}

  private record Found(ProcessIdentity process, boolean workload, boolean exec) {}

  /** Kills all that carries the handle, until none is left. */
  static void kill(String handle) {
    killAll(HANDLE + handle);
  }

  /** Kills all that carries the mark of one command. */
  static void killExec(String mark) {
    killAll(EXEC + "=" + mark);
  }

  private static void killAll(String entry) {
    for (int i = 0; i < 100; i++) {
      List<Found> found = find(List.of(entry));
      if (found.isEmpty()) {
        return;
      }
      found.forEach(each -> each.process.kill());
      LockSupport.parkNanos(5_000_000);
    }
  }

  /**
   * The main process that a keeper started just before it was killed and so couldn't record: the
   * oldest session leader with the handle that began after {@code since}. Waits out a fork of the
   * keeper that hasn't become the workload yet.
   *
   * @param since in clock ticks since boot
   */
  static Optional<ProcessIdentity> unrecordedMain(String handle, long since) {
    for (int i = 0; i < 200; i++) {
      List<Found> found = find(List.of(HANDLE + handle, KEEPER + handle));
      Optional<ProcessIdentity> main =
          found.stream()
              .filter(each -> each.workload && !each.exec)
              .map(Found::process)
              .filter(process -> process.startTime() >= since && process.leadsSession())
              .min(Comparator.comparingLong(ProcessIdentity::startTime));
      boolean forking =
          found.stream().anyMatch(each -> !each.workload && each.process.startTime() >= since);
      if (main.isPresent() || !forking) {
        return main;
      }
      LockSupport.parkNanos(5_000_000);
    }
    return Optional.empty();
  }

  private static List<Found> find(List<String> entries) {
    List<Found> all = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        find(process, entries).ifPresent(all::add);
      }
    } catch (IOException e) {
      throw new IllegalStateException("can't list /proc", e);
    }
    return all;
  }

  private static Optional<Found> find(Path process, List<String> entries) {
    List<String> environment;
    try {
      byte[] bytes = Files.readAllBytes(process.resolve("environ"));
      environment = List.of(new String(bytes, StandardCharsets.ISO_8859_1).split("\0"));
    } catch (IOException e) {
      return Optional.empty();
    }
    if (entries.stream().noneMatch(environment::contains)) {
      return Optional.empty();
    }
    long pid = Long.parseLong(process.getFileName().toString());
    boolean workload = environment.stream().anyMatch(entry -> entry.startsWith(HANDLE));
    boolean exec = environment.stream().anyMatch(entry -> entry.startsWith(EXEC + "="));
    return ProcessIdentity.of(pid).map(identity -> new Found(identity, workload, exec));
  }
}
