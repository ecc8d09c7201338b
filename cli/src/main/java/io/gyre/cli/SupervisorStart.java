package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Starts the supervisor of this data root and waits until all of Gyre is ready. */
final class SupervisorStart {
  private static final long POLL_MS = 50;
  private static final long READY_LIMIT_MS = 60_000;
  private static final long STOP_LIMIT_MS = 15_000;
  private static final long FORESTALLED_LIMIT_MS = 10_000;
  private static final int TAIL_LINES = 20;
  private static final long MAX_OUTPUT_BYTES = 1 << 20;

  private final Session session;
  private final Path home;
  private final Marks marks;
  private final Path output;
  private @Nullable Process child;
  private @Nullable Thread hook;
  private long outputStart;
  private long forestalledAt;

  SupervisorStart(Session session) {
    this.session = session;
    home = session.home();
    marks = new Marks(home);
    output = home.resolve("log").resolve("supervisor.out");
  }

  /**
   * Whether the Gyre that commands would speak to runs and is looked after. Another one that
   * happens to answer at the default address doesn't count; components whose supervisor has died
   * need a new one, which adopts them.
   */
  boolean alreadyRunning() {
    for (Marks.Mark mark : marks.live()) {
      if (mark.component().equals(Marks.SUPERVISOR) || mark.ofSystemd()) {
        return true;
      }
    }
    if (!marks.live().isEmpty()) {
      return false;
    }
    return !session.variable("GYRE_API").isEmpty() && session.api().healthy();
  }

  /** In a session of its own, so that it outlives the terminal. */
  void detached() throws IOException {
    createDirectories();
    outputStart = Files.exists(output) ? Files.size(output) : 0;
    boolean fresh = outputStart > MAX_OUTPUT_BYTES;
    outputStart = fresh ? 0 : outputStart;
    File file = output.toFile();
    ProcessBuilder builder = builder("setsid");
    builder
        .directory(home.toFile())
        .redirectInput(new File("/dev/null"))
        .redirectErrorStream(true)
        .redirectOutput(
            fresh ? ProcessBuilder.Redirect.to(file) : ProcessBuilder.Redirect.appendTo(file));
    child = start(builder);
  }

  /** As a child that shares the terminal; when this process is told to end, so is Gyre. */
  void inForeground() throws IOException {
    createDirectories();
    child = start(builder().inheritIO());
    hook =
        Thread.ofPlatform()
            .name("stop-gyre")
            .unstarted(
                () -> {
                  stop();
                  session.note("Gyre stopped; workloads go on");
                });
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void createDirectories() {
    try {
      Files.createDirectories(
          output.getParent(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new CliFailure(
          Exit.FAILED,
          "cannot make the data root " + home + ": " + e.getMessage(),
          "check its owner and the free space, or set GYRE_HOME");
    }
  }

  private ProcessBuilder builder(String... before) {
    String launcher = session.variable("GYRE_LAUNCHER");
    if (launcher.isEmpty()) {
      throw new CliFailure(
          Exit.FAILED,
          "GYRE_LAUNCHER is not set, so it is unknown how to start Gyre",
          "run this through the gyre launcher");
    }
    List<String> command = new ArrayList<>(List.of(before));
    command.add(Path.of(launcher).toAbsolutePath().toString());
    command.add("run");
    command.add("supervisor");
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(session.environment());
    builder.environment().remove("GYRE_TOKEN");
    builder.environment().remove("GYRE_TTY");
    builder.environment().put("GYRE_HOME", home.toString());
    return builder;
  }

  private static Process start(ProcessBuilder builder) {
    try {
      return builder.start();
    } catch (IOException e) {
      throw new CliFailure(
          Exit.FAILED, "cannot start the supervisor: " + e.getMessage(), "gyre doctor");
    }
  }

  /** Shows what is waited for; fails with the reasons. */
  void awaitReady() throws IOException {
    Screen screen = new Screen(session);
    long start = session.nowMs();
    while (true) {
      List<String> waiting = waitingFor();
      if (waiting.isEmpty() && child != null && !supervised()) {
        // The components may have run before.
        waiting = List.of("the supervisor");
      }
      if (waiting.isEmpty()) {
        screen.show(List.of());
        warnOfConfiguration();
        return;
      }
      if (child != null && !child.isAlive() && !alreadyRunning() && !isForestalled(child)) {
        throw died(child.exitValue());
      }
      if (session.nowMs() - start > READY_LIMIT_MS) {
        throw new CliFailure(
            Exit.FAILED,
            "Gyre is not ready after " + Times.duration(READY_LIMIT_MS),
            "see the logs in " + home.resolve("log"),
            waiting,
            null);
      }
      screen.show(List.of("waiting for " + String.join(", ", waiting)));
      Screen.pause(POLL_MS);
    }
  }

  /**
   * Another was quicker, such as the guard's after a kill, and hasn't said yet that it is there.
   */
  private boolean isForestalled(Process started) {
    if (started.exitValue() != Exit.CONFLICT) {
      return false;
    }
    if (forestalledAt == 0) {
      forestalledAt = session.nowMs();
    }
    return session.nowMs() - forestalledAt < FORESTALLED_LIMIT_MS;
  }

  private boolean supervised() {
    return marks
        .read(Marks.SUPERVISOR)
        .filter(mark -> mark.live() && mark.state().equals("ready"))
        .isPresent();
  }

  private void warnOfConfiguration() {
    for (Marks.Mark mark : marks.live()) {
      String problems = marks.config(mark).problems();
      if (!problems.isEmpty()) {
        problems.lines().forEach(session::note);
        session.note(
            "warning: "
                + session.configFile()
                + " is broken; the last good configuration is in use");
        return;
      }
    }
  }

  /** Empty when everything is ready. */
  private List<String> waitingFor() {
    Marks.@Nullable Mark mark = marks.read("api").filter(Marks.Mark::live).orElse(null);
    boolean addressKnown = mark != null && !mark.address().isEmpty();
    boolean explicit = !session.variable("GYRE_API").isEmpty();
    if ((!addressKnown && !explicit) || !session.freshApi().healthy()) {
      List<String> waiting = new ArrayList<>();
      for (Marks.Mark live : marks.live()) {
        if (!live.state().equals("ready")) {
          waiting.add(words(live.component(), live.state(), live.message()));
        }
      }
      return waiting.isEmpty() ? List.of(mark == null ? "the supervisor" : "the API") : waiting;
    }
    List<String> waiting = new ArrayList<>();
    try {
      for (JsonNode one : session.api().get("/v1/status").path("components")) {
        String name = Json.text(one, "component");
        boolean live = !one.has("live") || Json.flag(one, "live");
        boolean ready = live && Json.text(one, "state").equals("ready");
        if (!ready && !name.equals(Marks.SUPERVISOR)) {
          waiting.add(
              words(name, live ? Json.text(one, "state") : "down", Json.text(one, "message")));
        }
      }
      if (waiting.isEmpty() && session.api().get("/v1/runtimes").path("items").isEmpty()) {
        waiting.add("the first runtime");
      }
    } catch (CliFailure e) {
      if (e.exitCode() != Exit.UNREACHABLE) {
        throw e;
      }
      waiting.add("the API");
    }
    return waiting;
  }

  private static String words(String component, String state, String message) {
    return component + " (" + state + (message.isEmpty() ? "" : ": " + message) + ")";
  }

  private CliFailure died(int exit) throws IOException {
    List<String> tail = new ArrayList<>();
    if (Files.exists(output)) {
      byte[] bytes = Files.readAllBytes(output);
      int from = (int) Math.min(outputStart, bytes.length);
      String text = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
      List<String> lines = text.lines().toList();
      tail.addAll(lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    }
    return new CliFailure(
        exit == 0 ? Exit.FAILED : Math.min(exit, Exit.UNAUTHORISED),
        "the supervisor ended with status " + exit + " before Gyre was ready",
        "see " + home.resolve("log") + ", or ask gyre doctor",
        tail,
        null);
  }

  /** Waits for the child to end by itself. */
  int awaitEnd() throws InterruptedException {
    Process running = child;
    if (running == null) {
      return Exit.OK;
    }
    int exit = running.waitFor();
    try {
      if (hook != null && Runtime.getRuntime().removeShutdownHook(hook)) {
        session.note("Gyre stopped; workloads go on");
      }
    } catch (IllegalStateException e) {
      // This process is ending too; the hook says it.
    }
    return exit;
  }

  private void stop() {
    Process running = child;
    if (running == null) {
      return;
    }
    ProcessHandle supervisor =
        marks
            .read(Marks.SUPERVISOR)
            .filter(Marks.Mark::live)
            .flatMap(mark -> ProcessHandle.of(mark.pid()))
            .orElse(running.toHandle());
    supervisor.destroy();
    try {
      if (!running.waitFor(STOP_LIMIT_MS, TimeUnit.MILLISECONDS)) {
        session.note("Gyre is still stopping");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
