package io.gyre.runtime.docker;

import io.gyre.runtime.docker.RegistryLogins.HostAuth;
import io.gyre.runtime.spi.InstanceExec;
import io.gyre.runtime.spi.InstanceLogs;
import io.gyre.runtime.spi.InstanceSignals;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStats;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.NamedVolumes;
import io.gyre.runtime.spi.ResumableLogs;
import io.gyre.runtime.spi.RuntimeContext;
import io.gyre.runtime.spi.RuntimeEvent;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import io.gyre.runtime.spi.SecretRefresh;
import io.gyre.runtime.spi.Workload;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A connected engine. */
final class DockerRuntime implements WorkloadRuntime {
  private final Engine engine;
  private final Inventory inventory;
  private final Containers containers;
  private final Lifecycle lifecycle;
  private final EventFeed feed;
  private final Supervision supervision;
  private final InstanceLogs logs;
  private final InstanceExec exec;
  private final InstanceStats stats;
  private final NamedVolumes volumes;

  private DockerRuntime(Engine engine, RuntimeContext context, HostAuth hostAuth)
      throws IOException {
    RunRecords records = new RunRecords(context.stateDirectory());
    this.engine = engine;
    this.inventory = new Inventory();
    this.containers = new Containers(engine, inventory, records, context.hostId());
    this.lifecycle =
        new Lifecycle(
            engine,
            containers,
            inventory,
            records,
            new FileMounts(context.stateDirectory()),
            new RegistryLogins(context, hostAuth, new CredentialHelper(context.executor())),
            new SecretMounts(context, engine),
            context.hostId());
    this.supervision = new Supervision(engine, containers, records, context.executor());
    this.logs = new ContainerLogs(engine, containers, inventory);
    this.exec = new ContainerExec(engine, containers, context.executor());
    this.volumes = new EngineVolumes(engine, context.hostId());
    this.stats = new ContainerStats(engine, inventory, Path.of("/sys/fs/cgroup"));
    this.feed =
        new EventFeed(engine, containers, inventory, records, context.executor(), context.hostId());
  }

  static DockerRuntime open(EngineAddress address, HostAuth hostAuth, RuntimeContext context)
      throws RuntimeFailure {
    Engine engine = Engine.connect(address, context.executor());
    boolean opened = false;
    try {
      DockerRuntime runtime = new DockerRuntime(engine, context, hostAuth);
      runtime.feed.start(runtime.supervision::takeBack);
      opened = true;
      return runtime;
    } catch (IOException e) {
      throw new RuntimeFailure(
          Kind.ENGINE,
          "state_unusable",
          "the docker runtime can't use its state directory " + context.stateDirectory() + ": " + e,
          "check its owner and mode",
          e);
    } finally {
      if (!opened) {
        engine.close();
      }
    }
  }

  @Override
  public InstanceStatus start(InstanceSpec spec) throws RuntimeFailure {
    return switch (spec.workload()) {
      case Workload.Container workload -> guarded(() -> lifecycle.start(spec, workload));
      case Workload.HostProcess process ->
          throw new RuntimeFailure(
              Kind.UNSUPPORTED,
              "workload_unsupported",
              "the docker runtime runs images, not commands of the host such as "
                  + process.argv().getFirst(),
              "name an image, or use the process runtime");
    };
  }

  @Override
  public Optional<InstanceStatus> stop(String id) throws RuntimeFailure {
    return guarded(() -> lifecycle.stop(id));
  }

  @Override
  public void remove(String id) throws RuntimeFailure {
    guarded(
        () -> {
          lifecycle.remove(id);
          return id;
        });
  }

  @Override
  public List<InstanceStatus> list() throws RuntimeFailure {
    return guarded(() -> containers.list().statuses());
  }

  private interface Call<T> {
    T run() throws RuntimeFailure;
  }

  /** Nothing but {@link RuntimeFailure} leaves the plugin. */
  private <T> T guarded(Call<T> call) throws RuntimeFailure {
    if (engine.closed()) {
      throw engine.failure(new IOException("closed"));
    }
    try {
      return call.run();
    } catch (UncheckedIOException e) {
      throw new RuntimeFailure(
          Kind.ENGINE,
          "state_unusable",
          "the docker runtime can't write to its state directory: " + e.getCause(),
          "check the space on its disk, its owner and its mode",
          e);
    } catch (RuntimeException e) {
      throw engine.failure(e);
    }
  }

  @Override
  public Subscription subscribe(Consumer<RuntimeEvent> listener) {
    return inventory.subscribe(listener);
  }

  @Override
  public <T> Optional<T> ability(Class<T> type) {
    if (type == InstanceLogs.class || type == ResumableLogs.class) {
      return Optional.of(type.cast(logs));
    }
    if (type == InstanceExec.class) {
      return Optional.of(type.cast(exec));
    }
    if (type == InstanceStats.class) {
      return Optional.of(type.cast(stats));
    }
    if (type == InstanceSignals.class) {
      InstanceSignals signals =
          (id, signal) ->
              guarded(
                  () -> {
                    lifecycle.signal(id, signal);
                    return id;
                  });
      return Optional.of(type.cast(signals));
    }
    if (type == SecretRefresh.class) {
      SecretRefresh refresh =
          id ->
              guarded(
                  () -> {
                    lifecycle.refreshSecrets(id);
                    return id;
                  });
      return Optional.of(type.cast(refresh));
    }
    if (type == NamedVolumes.class) {
      return Optional.of(type.cast(volumes));
    }
    return Optional.empty();
  }

  @Override
  public void close(boolean handOver) {
    if (engine.closed()) {
      return;
    }
    feed.stop();
    if (handOver) {
      supervision.handOver(inventory.all());
    }
    engine.close();
    feed.awaitEnd();
  }
}
