package com.example.gyre.sandbox;

import com.example.gyre.sandbox.Notes.Run;
import io.gyre.runtime.spi.InstanceExec;
import io.gyre.runtime.spi.InstanceLogs;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.ResumableLogs;
import io.gyre.runtime.spi.RuntimeContext;
import io.gyre.runtime.spi.RuntimeEvent;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Keeps nothing in memory that matters: every call looks at the directories and at {@code /proc},
 * so another version of the plugin, or another host process, sees the same.
 */
final class SandboxRuntime implements WorkloadRuntime {
  private static final Duration NOTED = Duration.ofSeconds(5);
  private static final int LAST_WORDS = 500;

  private final Directories directories;
  private final Path script;
  private final List<String> namespaces;
  private final Changes changes;
  private final SandboxLogs logs;
  private final SandboxExec exec;
  private final CountDownLatch closed = new CountDownLatch(1);

  private SandboxRuntime(
      RuntimeContext context, Directories directories, Path script, List<String> namespaces)
      throws IOException {
    this.directories = directories;
    this.script = script;
    this.namespaces = namespaces;
    this.changes = new Changes(directories);
    this.logs = new SandboxLogs(this);
    this.exec = new SandboxExec(this, namespaces, context.executor());
  }

  static SandboxRuntime open(RuntimeContext context, Path script, List<String> namespaces)
      throws IOException {
    Directories directories = Directories.in(context.stateDirectory());
    SandboxRuntime runtime = new SandboxRuntime(context, directories, script, namespaces);
    runtime.changes.begin(context.executor());
    return runtime;
  }

  @Override
  public InstanceStatus start(InstanceSpec spec) throws RuntimeFailure {
    requireOpen();
    Sandbox sandbox = directories.of(spec.id());
    boolean made = false;
    try {
      if (!sandbox.exists()) {
        make(spec, sandbox);
        made = true;
      }
      changes.watch(sandbox);
      if (status(sandbox).state() != State.RUNNING) {
        sandbox.wanted();
        launch(sandbox);
      }
      changes.look(spec.id());
      return status(sandbox);
    } catch (IOException e) {
      throw Failures.disk(e);
    } catch (RuntimeFailure e) {
      // While it is closing, what was begun is left for the next to find.
      if (made && e.kind() != Kind.UNAVAILABLE) {
        remove(spec.id());
      }
      throw e;
    }
  }

  private void make(InstanceSpec spec, Sandbox sandbox) throws IOException, RuntimeFailure {
    Path scratch = directories.newScratch();
    try {
      Sandbox.make(spec, sandbox.directory(), scratch);
    } finally {
      Directories.delete(scratch);
    }
  }

  /** Returns once the workload has been started, however soon it ends. */
  private void launch(Sandbox sandbox) throws IOException, RuntimeFailure {
    Optional<Run> before = sandbox.run();
    List<String> command = new ArrayList<>(List.of("setsid", "sh", script.toString(), "run"));
    command.add(sandbox.directory().toString());
    command.addAll(namespaces);
    Process runner =
        SandboxPlugin.tool(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    long deadline = System.nanoTime() + Sandbox.START.toNanos();
    while (true) {
      // In this order: it notes the run before it ends.
      boolean ended = !runner.isAlive();
      if (!sandbox.run().equals(before)) {
        return;
      }
      if (ended || System.nanoTime() > deadline) {
        sandbox.notStarting();
        throw new RuntimeFailure(
            Kind.ENGINE,
            "sandbox_not_made",
            "The sandbox of " + sandbox.id() + " was not made: " + lastWords(sandbox),
            "Look at the log of Gyre's runtime, and try: unshare --fork --pid --mount-proc true");
      }
      pause(2);
    }
  }

  private static String lastWords(Sandbox sandbox) throws IOException {
    String text = Files.readString(sandbox.file("err.log")).strip();
    return text.substring(Math.max(0, text.length() - LAST_WORDS));
  }

  @Override
  public Optional<InstanceStatus> stop(String id) throws RuntimeFailure {
    requireOpen();
    Sandbox sandbox = directories.of(id);
    try {
      Optional<Properties> made = sandbox.made();
      if (made.isEmpty()) {
        return Optional.empty();
      }
      // First, so that its end isn't taken for a crash.
      sandbox.unwanted();
      while (true) {
        Optional<Run> run = sandbox.run();
        if (run.isPresent() && run.get().alive(directories.boot())) {
          end(run.get(), made.get());
        } else if (!sandbox.locked()) {
          break;
        }
        pause(5);
      }
      changes.look(id);
      return sandbox.status();
    } catch (IOException e) {
      throw Failures.disk(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failures.closed();
    }
  }

  private void end(Run run, Properties made)
      throws IOException, InterruptedException, RuntimeFailure {
    run.main().signal(Integer.parseInt(made.getProperty("signal")));
    long deadline = System.nanoTime() + Duration.parse(made.getProperty("grace")).toNanos();
    while (run.init().alive() && System.nanoTime() < deadline) {
      pause(5);
    }
    run.init().kill();
    long noted = System.nanoTime() + NOTED.toNanos();
    while (run.init().alive() || (run.runner().alive() && System.nanoTime() < noted)) {
      pause(2);
    }
  }

  @Override
  public void remove(String id) throws RuntimeFailure {
    var _ = stop(id);
    try {
      directories.delete(directories.of(id));
    } catch (IOException e) {
      throw Failures.disk(e);
    }
    changes.look(id);
  }

  @Override
  public List<InstanceStatus> list() throws RuntimeFailure {
    requireOpen();
    try {
      List<InstanceStatus> all = new ArrayList<>();
      for (Sandbox sandbox : directories.list()) {
        sandbox.status().ifPresent(all::add);
      }
      return all;
    } catch (IOException e) {
      throw Failures.disk(e);
    }
  }

  @Override
  public Subscription subscribe(Consumer<RuntimeEvent> listener) {
    return changes.subscribe(listener);
  }

  @Override
  public <T> Optional<T> ability(Class<T> type) {
    Object ability =
        type == InstanceLogs.class || type == ResumableLogs.class
            ? logs
            : type == InstanceExec.class ? exec : null;
    return Optional.ofNullable(ability).map(type::cast);
  }

  /**
   * @throws RuntimeFailure NOT_FOUND
   */
  Sandbox find(String id) throws RuntimeFailure {
    requireOpen();
    Sandbox sandbox = directories.of(id);
    if (!sandbox.exists()) {
      throw Failures.unknown(id);
    }
    return sandbox;
  }

  private static InstanceStatus status(Sandbox sandbox) throws IOException, RuntimeFailure {
    return sandbox.status().orElseThrow(() -> Failures.unknown(sandbox.id()));
  }

  void requireOpen() throws RuntimeFailure {
    if (closed.getCount() == 0) {
      throw Failures.closed();
    }
  }

  private void pause(long ms) throws RuntimeFailure {
    if (closesWithin(ms, TimeUnit.MILLISECONDS)) {
      throw Failures.closed();
    }
  }

  /** Waits that long, or until the runtime is closed; whether it is. */
  boolean closesWithin(long time, TimeUnit unit) {
    try {
      return closed.await(time, unit);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  @Override
  public void close(boolean handOver) {
    closed.countDown();
    changes.close();
    exec.close();
  }
}
