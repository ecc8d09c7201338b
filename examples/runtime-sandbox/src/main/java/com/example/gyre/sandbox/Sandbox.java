package com.example.gyre.sandbox;

import com.example.gyre.sandbox.Notes.End;
import com.example.gyre.sandbox.Notes.Run;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.Exit;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.Workload;
import java.io.IOException;
import java.io.Reader;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/**
 * The directory of one instance, which is all that is known of it.
 *
 * <pre>
 * made           the spec, as far as it is needed again
 * environment    shell: sets the environment and the directory
 * launch         shell: the same, then becomes the workload
 * starting       there while it is being started
 * stopped        there while it isn't to run
 * run exit       see Notes
 * out.log err.log out.start err.start   see LogFile
 * lock           held by the runner and the init
 * work/          the working directory, where the spec has none
 * </pre>
 */
record Sandbox(Path directory, String boot) {
  /** However slow the machine, by then it has been started or will not be. */
  static final Duration START = Duration.ofSeconds(20);

  String id() {
    return directory.getFileName().toString();
  }

  boolean exists() {
    return Files.exists(file("made"));
  }

  Path file(String name) {
    return directory.resolve(name);
  }

  LogFile log(String name) {
    return new LogFile(file(name + ".log"), file(name + ".start"));
  }

  /** Makes it, or nothing. */
  static void make(InstanceSpec spec, Path directory, Path scratch)
      throws IOException, RuntimeFailure {
    Workload.HostProcess process = SandboxSpec.check(spec);
    String given = process.workingDir();
    Path working = given == null ? directory.resolve("work") : Path.of(given);
    Map<String, String> environment = SandboxSpec.environment(spec);
    SandboxSpec.checkProgram(process.argv(), environment.getOrDefault("PATH", ""), working);
    Properties made = new Properties();
    made.put("namespace", spec.namespace());
    made.put("deployment", spec.deployment());
    made.put("revision", Long.toString(spec.revision()));
    made.put("fingerprint", spec.fingerprint());
    made.put("signal", Integer.toString(SandboxSpec.signal(spec.stopSignal())));
    made.put("grace", spec.stopGrace().toString());
    made.put("path", environment.getOrDefault("PATH", ""));
    made.put("working", working.toString());
    Files.createDirectories(scratch.resolve("work"));
    try (Writer writer = Files.newBufferedWriter(scratch.resolve("made"))) {
      made.store(writer, null);
    }
    String setUp = SandboxSpec.environmentScript(environment, working);
    Files.writeString(scratch.resolve("environment"), setUp);
    Files.writeString(scratch.resolve("launch"), setUp + SandboxSpec.commandScript(process.argv()));
    Files.createFile(scratch.resolve("starting"));
    Files.createFile(scratch.resolve("out.log"));
    Files.createFile(scratch.resolve("err.log"));
    Files.move(scratch, directory, StandardCopyOption.ATOMIC_MOVE);
  }

  Optional<Properties> made() throws IOException {
    try (Reader reader = Files.newBufferedReader(file("made"))) {
      Properties made = new Properties();
      made.load(reader);
      return Optional.of(made);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  Optional<Run> run() throws IOException {
    return Run.read(file("run"));
  }

  /** From now on it is to run. */
  void wanted() throws IOException {
    Files.writeString(file("starting"), "");
    Files.deleteIfExists(file("stopped"));
  }

  /** From now on it isn't; a runner that has yet to begin gives up. */
  void unwanted() throws IOException {
    Files.writeString(file("stopped"), "");
    notStarting();
  }

  void notStarting() throws IOException {
    Files.deleteIfExists(file("starting"));
  }

  /** Whether a runner has begun, or anything of a run is left. */
  boolean locked() throws IOException, InterruptedException {
    return Files.exists(file("lock"))
        && SandboxPlugin.tool(List.of("flock", "-n", file("lock").toString(), "true"))
                .start()
                .waitFor()
            != 0;
  }

  private State idle() {
    if (Files.exists(file("stopped"))) {
      return State.STOPPED;
    }
    long age = System.currentTimeMillis() - file("starting").toFile().lastModified();
    return age < START.toMillis() ? State.STARTING : State.EXITED;
  }

  /** Empty where it isn't there. */
  Optional<InstanceStatus> status() throws IOException {
    Optional<Properties> made = made();
    if (made.isEmpty()) {
      return Optional.empty();
    }
    Run run = run().orElse(null);
    boolean alive = run != null && run.alive(boot);
    // Read after that: what has ended by then has been noted, unless nobody was left to do so.
    End end = End.read(file("exit")).orElse(null);
    boolean ended = run != null && end != null && end.main().equals(run.main());
    if (run != null && !ended && !alive) {
      Files.writeString(file("exit.lost"), End.unseen(run));
      Files.move(file("exit.lost"), file("exit"), StandardCopyOption.ATOMIC_MOVE);
      end = End.read(file("exit")).orElse(null);
    }
    boolean running = run != null && alive && !ended;
    State state = running ? State.RUNNING : idle();
    return Optional.of(
        new InstanceStatus(
            id(),
            made.get().getProperty("namespace"),
            made.get().getProperty("deployment"),
            Long.parseLong(made.get().getProperty("revision")),
            made.get().getProperty("fingerprint"),
            state,
            running ? run.main().number() : null,
            null,
            null,
            List.of(),
            run == null ? null : run.at(),
            0,
            0,
            null,
            end == null ? null : exit(end),
            state == State.EXITED && run == null ? "it was never started" : null));
  }

  private Exit exit(End end) {
    return new Exit(
        end.code(), end.at(), LogFile.lastLines(log("out"), end.out(), log("err"), end.err()));
  }
}
