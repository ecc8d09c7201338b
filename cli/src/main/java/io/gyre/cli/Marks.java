package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the components of one data root say of themselves in {@code run/NAME.json}. */
final class Marks {
  static final String SUPERVISOR = "supervisor";
  static final List<String> COMPONENTS = List.of(SUPERVISOR, "api", "reconciler", "runtime");

  /**
   * @param live whether the process that wrote it still runs
   */
  record Mark(
      String component,
      long pid,
      String state,
      String message,
      String address,
      long sinceMs,
      boolean live) {
    /** Whether a unit of systemd's starts it again, rather than a supervisor. */
    boolean ofSystemd() {
      try {
        return Files.readString(Path.of("/proc", Long.toString(pid), "cgroup"))
            .contains("/gyre-" + component + ".service");
      } catch (IOException e) {
        return false;
      }
    }

    /** As in {@code reconciler waiting for the database}. */
    String text() {
      return component
          + " "
          + (live ? state : "not running")
          + (live && !message.isEmpty() ? " for " + message : "");
    }
  }

  /**
   * What a component made of the configuration; see {@code gyre config reload}.
   *
   * @param reads how often it has read the file
   * @param problems what is wrong with the file, a line each
   * @param restart what takes effect with its next start, a line each
   */
  record ConfigNote(
      long pid,
      long reads,
      String file,
      String problems,
      String changed,
      long changedAtMs,
      String restart) {
    static final ConfigNote NONE = new ConfigNote(0, 0, "", "", "", 0, "");

    /** On one line; empty where all is well. */
    String text() {
      if (!problems.isEmpty()) {
        return "the last good configuration is in use; "
            + String.join("; ", problems.lines().toList());
      }
      return restart.isEmpty()
          ? ""
          : "needs a restart for " + String.join("; ", restart.lines().toList());
    }
  }

  private final Path run;

  Marks(Path home) {
    run = home.resolve("run");
  }

  Optional<Mark> read(String component) {
    try {
      JsonNode json = Json.parse(Files.readAllBytes(run.resolve(component + ".json")));
      long pid = parse(Json.text(json, "pid"));
      return Optional.of(
          new Mark(
              component,
              pid,
              Json.text(json, "state"),
              Json.text(json, "message"),
              Json.text(json, "address"),
              parse(Json.text(json, "since")),
              isComponent(pid, Json.text(json, "start"), parse(Json.text(json, "since")))));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** What the process made of the configuration, if it has read it. */
  ConfigNote config(Mark mark) {
    try {
      JsonNode json =
          Json.parse(Files.readAllBytes(run.resolve(mark.component() + ".config.json")));
      if (parse(Json.text(json, "pid")) != mark.pid()) {
        return ConfigNote.NONE;
      }
      return new ConfigNote(
          mark.pid(),
          parse(Json.text(json, "reads")),
          Json.text(json, "file"),
          Json.text(json, "problems"),
          Json.text(json, "changed"),
          parse(Json.text(json, "changed_at")),
          Json.text(json, "restart"));
    } catch (IOException e) {
      return ConfigNote.NONE;
    }
  }

  /** The marks of the components that run. */
  List<Mark> live() {
    List<Mark> live = new ArrayList<>();
    for (String component : COMPONENTS) {
      read(component).filter(Mark::live).ifPresent(live::add);
    }
    return live;
  }

  /** Whether systemd runs this data root's Gyre. */
  boolean ofSystemd() {
    return live().stream().anyMatch(Mark::ofSystemd);
  }

  private static long parse(String number) {
    try {
      return Long.parseLong(number);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** When the process started, in ticks since the boot; empty where there is none. */
  private static String startTicks(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      return stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19];
    } catch (IOException | IndexOutOfBoundsException e) {
      return "";
    }
  }

  /**
   * A mark outlives a killed process and its pid may be somebody else's by now: the command line
   * must be that of a component and the process no younger than the mark.
   */
  private static boolean isComponent(long pid, String startTicks, long sinceMs) {
    if (pid <= 1 || pid == ProcessHandle.current().pid()) {
      return false;
    }
    String command = commandLine(pid);
    if (!command.contains("io.gyre") || command.contains("io.gyre.cli.GyreCli")) {
      return false;
    }
    if (!startTicks.isEmpty()) {
      return startTicks.equals(startTicks(pid));
    }
    @Nullable Instant start =
        ProcessHandle.of(pid).flatMap(process -> process.info().startInstant()).orElse(null);
    return start == null || sinceMs == 0 || start.toEpochMilli() <= sinceMs + 2000;
  }

  /** The command line of the process, empty where there is none (or only a zombie). */
  private static String commandLine(long pid) {
    try {
      byte[] bytes = Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline"));
      return new String(bytes, StandardCharsets.UTF_8).replace('\0', ' ');
    } catch (IOException e) {
      return "";
    }
  }
}
