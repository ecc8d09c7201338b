package io.gyre.runtime.testkit;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceSecrets;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RegistryAccess;
import io.gyre.runtime.spi.RuntimeDescription;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimePlugin;
import io.gyre.runtime.spi.Workload;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One state directory and the generations of a plugin that are opened on it. Closing it removes all
 * instances and fails where a process or an executor's task of the test is left.
 */
public final class RuntimeFixture implements AutoCloseable {
  private final Supplier<RuntimePlugin> plugins;
  private final Workloads workloads;
  private final Map<String, String> settings;
  private final Path stateDirectory;
  private final String mark;
  private final AtomicInteger made = new AtomicInteger();
  private final RecordedEvents events = new RecordedEvents();
  private Function<String, Optional<RegistryAccess>> access = id -> Optional.empty();
  private volatile Function<String, InstanceSecrets> secrets = id -> InstanceSecrets.NONE;
  private @Nullable TestRuntimeContext context;
  private @Nullable WorkloadRuntime runtime;

  /**
   * @param mark tells this fixture's host id, instance ids and processes from others; at most 12
   *     characters
   */
  RuntimeFixture(
      Supplier<RuntimePlugin> plugins,
      Workloads workloads,
      Map<String, String> settings,
      Path stateDirectory,
      String mark) {
    this.plugins = plugins;
    this.workloads = workloads;
    this.settings = settings;
    this.stateDirectory = stateDirectory;
    this.mark = mark;
  }

  /** A fixture on a directory, without a generation open. */
  public static RuntimeFixture on(
      Path stateDirectory,
      Supplier<RuntimePlugin> plugins,
      Workloads workloads,
      Map<String, String> settings) {
    return new RuntimeFixture(plugins, workloads, settings, stateDirectory, newMark());
  }

  static String newMark() {
    return "t" + UUID.randomUUID().toString().replace("-", "").substring(0, 11);
  }

  public Workloads workloads() {
    return workloads;
  }

  public Path stateDirectory() {
    return stateDirectory;
  }

  /** What all runtimes opened here have reported. */
  public RecordedEvents events() {
    return events;
  }

  public String mark() {
    return mark;
  }

  public RuntimeDescription description() {
    return plugins.get().describe();
  }

  public boolean can(Capability capability) {
    return description().capabilities().contains(capability);
  }

  /** The generation that is open, a first one where there is none. */
  public WorkloadRuntime runtime() throws RuntimeFailure {
    WorkloadRuntime open = runtime;
    if (open != null) {
      return open;
    }
    TestRuntimeContext newContext = new TestRuntimeContext(stateDirectory, settings, mark);
    newContext.registryAccess(id -> access.apply(id));
    newContext.secrets(id -> secrets.apply(id));
    context = newContext;
    WorkloadRuntime newRuntime = plugins.get().open(newContext);
    runtime = newRuntime;
    newRuntime.subscribe(events);
    return newRuntime;
  }

  /** Who pulls the images of instances from now on, by their id. */
  public void registryAccess(Function<String, Optional<RegistryAccess>> answer) {
    access = answer;
  }

  /** What is secret of instances from now on, by their id. */
  public void secrets(Function<String, InstanceSecrets> answer) {
    secrets = answer;
  }

  /** Closes the generation that is open and opens another. */
  public WorkloadRuntime reopen() throws RuntimeFailure {
    closeGeneration();
    return runtime();
  }

  public void closeGeneration() {
    WorkloadRuntime closing = runtime;
    TestRuntimeContext closingContext = context;
    runtime = null;
    context = null;
    if (closing != null) {
      closing.close();
    }
    if (closingContext != null) {
      closingContext.close();
    }
  }

  /** A spec with an id of its own. */
  public SpecBuilder spec(Workload workload) {
    return new SpecBuilder(mark + "-" + made.incrementAndGet(), mark, workload);
  }

  public Optional<InstanceStatus> find(String id) throws RuntimeFailure {
    List<InstanceStatus> found =
        runtime().list().stream().filter(status -> status.id().equals(id)).toList();
    if (found.size() > 1) {
      throw new AssertionError("listed twice: " + found);
    }
    return found.stream().findFirst();
  }

  public InstanceStatus status(String id) throws RuntimeFailure {
    return find(id).orElseThrow(() -> new AssertionError(id + " isn't listed"));
  }

  /** The listed status once it is as expected. */
  public InstanceStatus await(String id, Predicate<InstanceStatus> predicate, String expected) {
    return Await.value(
        () -> find(id).filter(predicate),
        () -> {
          try {
            return id + " to be listed with " + expected + "; it is " + find(id);
          } catch (RuntimeFailure e) {
            return id + " to be listed with " + expected + "; list fails: " + e;
          }
        });
  }

  public InstanceStatus awaitState(String id, InstanceStatus.State state) {
    return await(id, status -> status.state() == state, "state " + state);
  }

  /** The live processes of all instances made here. */
  public List<String> processes() {
    return MarkedProcesses.find(mark);
  }

  public <T> T ability(Class<T> type) throws RuntimeFailure {
    return runtime()
        .ability(type)
        .orElseThrow(
            () -> new AssertionError(type.getSimpleName() + " is announced but not there"));
  }

  @Override
  public void close() throws RuntimeFailure {
    List<String> failures = new ArrayList<>();
    try {
      for (InstanceStatus status : runtime().list()) {
        runtime().remove(status.id());
      }
      if (!runtime().list().isEmpty()) {
        failures.add("still listed after remove: " + runtime().list());
      }
    } finally {
      closeGeneration();
    }
    List<String> left = processes();
    if (!left.isEmpty()) {
      failures.add("processes left behind: " + left);
    }
    if (!failures.isEmpty()) {
      throw new AssertionError(String.join("\n", failures));
    }
  }
}
