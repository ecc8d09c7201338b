package io.gyre.supervisor;

import io.gyre.component.ComponentMark;
import io.gyre.component.Home;
import io.gyre.component.LiveLock;
import io.gyre.model.Component;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How a component's process is started, found, and told something. Any thread. */
final class ComponentProcess {
  private static final long MOST_OUT_BYTES = 1 << 20;
  private static final int LAST_WORDS = 400;

  private final Component component;
  private final Home home;
  private final Path launcher;

  ComponentProcess(Component component, Home home, Path launcher) {
    this.component = component;
    this.home = home;
    this.launcher = launcher;
  }

  /**
   * Starts one, in a session of its own, so that it outlives this process.
   *
   * @param inheritListener whether it gets this process's standard input, see {@link ApiListener}
   * @param standby whether it waits until the one that runs has ended
   */
  Process start(boolean inheritListener, boolean standby) throws IOException {
    Path out = out();
    if (Files.exists(out) && Files.size(out) > MOST_OUT_BYTES) {
      Files.delete(out);
    }
    ProcessBuilder builder =
        new ProcessBuilder(List.of("setsid", launcher.toString(), "run", component.id()));
    builder.environment().put("GYRE_HOME", home.root().toString());
    builder.environment().put("GYRE_CONFIG", home.configFile().toString());
    // The notice of readiness is the supervisor's own affair.
    builder.environment().remove("NOTIFY_SOCKET");
    builder.environment().remove("GYRE_GUARD");
    if (standby) {
      builder.environment().put("GYRE_STANDBY", "1");
    }
    if (inheritListener) {
      builder.environment().put("GYRE_LISTENER", "stdin");
      builder.redirectInput(ProcessBuilder.Redirect.INHERIT);
    } else {
      builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    }
    builder.redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(out.toFile()));
    return builder.start();
  }

  private Path out() {
    return home.logs().resolve(component.id() + ".out");
  }

  /** How much it has written so far to where it says why it can't start. */
  long outLength() {
    try {
      return Files.exists(out()) ? Files.size(out()) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  /** What it wrote there since, on one line, cut short; or empty. */
  String wordsSince(long length) {
    try (RandomAccessFile file = new RandomAccessFile(out().toFile(), "r")) {
      long from = file.length() < length ? 0 : length;
      file.seek(Math.max(from, file.length() - 4 * LAST_WORDS));
      byte[] bytes = new byte[(int) (file.length() - file.getFilePointer())];
      file.readFully(bytes);
      List<String> lines = new ArrayList<>();
      new String(bytes, StandardCharsets.UTF_8)
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .forEach(lines::add);
      String words = String.join("; ", lines);
      return words.length() > LAST_WORDS
          ? "… " + words.substring(words.length() - LAST_WORDS)
          : words;
    } catch (IOException e) {
      return "";
    }
  }

  /** Blocks until nothing lives as this component. */
  void awaitEnd() throws IOException {
    LiveLock.awaitFree(home, component);
  }

  boolean lives() {
    return LiveLock.held(home, component);
  }

  Optional<ComponentMark> mark() {
    return ComponentMark.read(home, component);
  }

  /** The pid in the mark file, if the lock is held and the process is one of Gyre's. */
  Optional<Long> pid() {
    return lives()
        ? mark().map(ComponentMark::pid).filter(ComponentProcess::isGyre)
        : Optional.empty();
  }

  private static boolean isGyre(long pid) {
    try {
      return Files.readString(
              Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1)
          .contains("io.gyre");
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the process has warmed up and waits for the lock. */
  boolean standsBy(long pid) {
    try {
      return Files.readString(home.standbyFile(component)).strip().equals(Long.toString(pid));
    } catch (IOException e) {
      return false;
    }
  }

  boolean ready(long pid) {
    return mark().filter(mark -> mark.pid() == pid && mark.state().equals("ready")).isPresent();
  }

  static Instant startOf(long pid, Instant otherwise) {
    return ProcessHandle.of(pid)
        .flatMap(process -> process.info().startInstant())
        .orElse(otherwise);
  }

  /** The JDK has a way to send SIGTERM and SIGKILL only. */
  static void hangUp(long pid) {
    try {
      Process kill = new ProcessBuilder("kill", "-HUP", Long.toString(pid)).start();
      kill.waitFor();
    } catch (IOException e) {
      // It watches the file as well.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
