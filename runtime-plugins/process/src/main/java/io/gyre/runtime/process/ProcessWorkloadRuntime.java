package io.gyre.runtime.process;

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
import io.gyre.runtime.spi.SecretRefresh;
import io.gyre.runtime.spi.Workload;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One generation of the plugin on a state directory. */
final class ProcessWorkloadRuntime implements WorkloadRuntime {
  private static final Logger LOG = LoggerFactory.getLogger(ProcessWorkloadRuntime.class);

  private final Path state;
  private final Machine machine;
  private final String hostId;
  private final Ports ports;
  private final Instances instances;
  private final Launcher launcher;
  private final SecretFiles secrets;
  private final Lifecycle lifecycle;
  private final Executor executor;
  private final WatchService watch;
  private final Observer observer;
  private final LogReader logs;
  private final ProcessExec exec;
  private final Usages usages;
  private final Volumes volumes;
  private final List<Consumer<RuntimeEvent>> listeners = new ArrayList<>();
  private final Set<String> tending = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  private ProcessWorkloadRuntime(
      RuntimeContext context, Machine machine, Ports ports, LogFiles.Bounds bounds)
      throws IOException, RuntimeFailure {
    this.state = context.stateDirectory();
    this.machine = machine;
    this.hostId = context.hostId();
    this.ports = ports;
    this.executor = context.executor();
    Keepers keepers = Keepers.install(state.resolve("keepers"));
    this.instances = new Instances(state, machine, hostId);
    this.secrets = new SecretFiles(context);
    this.launcher = new Launcher(instances, keepers, machine, hostId, secrets, () -> closed);
    this.lifecycle = new Lifecycle(instances, launcher, machine);
    new Housekeeping(state, instances, machine.bootId()).clean(ports, machine.cgroups(), hostId);
    this.logs = new LogReader(instances, () -> closed);
    this.exec = new ProcessExec(instances, context.executor());
    this.volumes = new Volumes(state.resolve("volumes"), state.resolve("trash"));
    this.usages = new Usages(instances, machine.bootId(), () -> closed);
    this.watch = FileSystems.getDefault().newWatchService();
    this.observer = new Observer(instances, watch, bounds, this::emit, this::tendInBackground);
  }

  static ProcessWorkloadRuntime open(
      RuntimeContext context, Machine machine, String portRange, LogFiles.Bounds bounds)
      throws RuntimeFailure {
    Path state = context.stateDirectory();
    Ports ports = Ports.of(state.resolve("ports"), portRange);
    try {
      Housekeeping.makeDirectories(state);
      ProcessWorkloadRuntime runtime = new ProcessWorkloadRuntime(context, machine, ports, bounds);
      try {
        runtime.observer.begin();
      } catch (IOException e) {
        runtime.watch.close();
        throw e;
      }
      context.executor().execute(runtime.observer);
      return runtime;
    } catch (IOException e) {
      throw InstanceDirectory.diskFailure("can't open its state directory " + state, e);
    }
  }

  @Override
  public InstanceStatus start(InstanceSpec spec) throws RuntimeFailure {
    ensureOpen();
    Workload.HostProcess process = SpecCheck.check(spec, machine);
    int signal = Signals.number(spec.stopSignal());
    InstanceDirectory directory = instances.directory(spec.id());
    boolean made = false;
    try {
      if (!directory.exists()) {
        make(spec, process, signal);
        made = true;
      }
      Identity identity =
          instances.identity(spec.id()).orElseThrow(() -> instances.unknown(spec.id()));
      run(identity, directory, spec, made);
      return instances.status(spec.id()).orElseThrow(() -> instances.unknown(spec.id()));
    } catch (IOException e) {
      if (made) {
        unmake(directory);
      }
      throw InstanceDirectory.diskFailure("can't start " + spec.id(), e);
    }
  }

  private void make(InstanceSpec spec, Workload.HostProcess process, int signal)
      throws IOException, RuntimeFailure {
    String id = spec.id();
    InstanceDirectory directory = instances.directory(id);
    @Nullable Users user = SpecCheck.user(process, machine).orElse(null);
    Path workDirectory = SpecCheck.directory(process, directory.path().resolve("work"));
    boolean secret = !secrets.read(id).isEmpty();
    @Nullable Path secretPlace = secret ? secrets.place(id) : null;
    boolean ownPort = !spec.environment().containsKey("PORT");
    int port = ownPort ? ports.take(id) : 0;
    boolean made = false;
    try {
      RunScript script =
          RunScript.of(
              spec,
              process,
              workDirectory,
              user,
              port,
              instances.handle(id),
              directory.mounts(),
              secretPlace);
      Programs.check(process.argv().getFirst(), workDirectory, script.path());
      Identity identity = Identity.of(spec, process, script, signal);
      Policy policy = Policy.of(spec.restartPolicy(), signal, identity.graceMs());
      directory.create(
          state.resolve("making"),
          identity,
          script.text(),
          policy,
          user,
          mounts -> Mounts.link(mounts, spec, volumes),
          secretPlace);
      made = true;
    } finally {
      if (!made && ownPort) {
        ports.release(port, id);
      }
    }
  }

  /** From here on the instance is there: where this JVM dies, the next one goes on. */
  private void run(Identity identity, InstanceDirectory directory, InstanceSpec spec, boolean isNew)
      throws IOException, RuntimeFailure {
    try (Lifecycle.Hold _ = lifecycle.hold(directory)) {
      Optional<Journal.Line> last = Journal.last(instances.journal(identity.id()));
      boolean ended = last.filter(Journal.Line::ended).isPresent();
      if (ended) {
        checkStillRunnable(identity);
      }
      Policy policy = Policy.of(spec.restartPolicy(), identity.stopSignal(), identity.graceMs());
      InstanceDirectory.replace(directory.policy(), policy.text());
      // One made just now that no other generation has launched meanwhile has no strays to look
      // for.
      boolean untouched = isNew && last.isEmpty() && Keepers.holder(directory).isEmpty();
      if (ended || untouched) {
        secrets.renew(identity, directory);
        lifecycle.launchAsked(identity);
      } else {
        lifecycle.tend(identity);
      }
    }
  }

  private static void checkStillRunnable(Identity identity) throws RuntimeFailure {
    if (!Files.isDirectory(identity.directory())) {
      throw new RuntimeFailure(
          RuntimeFailure.Kind.INVALID,
          "working_dir_missing",
          "The working directory '" + identity.directory() + "' isn't there any more.",
          "Create it.");
    }
    Programs.check(identity.program(), identity.directory(), identity.path());
  }

  /** Takes back an instance whose first keeper couldn't be launched. */
  private void unmake(InstanceDirectory directory) {
    String id = String.valueOf(directory.path().getFileName());
    try {
      if (Journal.last(instances.journal(id)).isEmpty()) {
        remove(id);
      }
    } catch (IOException | RuntimeFailure e) {
      LOG.warn("can't take back {}, which couldn't be started: {}", id, e.getMessage());
    }
  }

  @Override
  public Optional<InstanceStatus> stop(String id) throws RuntimeFailure {
    ensureOpen();
    InstanceDirectory directory = instances.directory(id);
    if (!directory.exists()) {
      return Optional.empty();
    }
    try (Lifecycle.Hold _ = lifecycle.hold(directory)) {
      Optional<Identity> identity = instances.identity(id);
      if (identity.isPresent()) {
        lifecycle.stop(identity.get());
      }
      return instances.status(id);
    } catch (IOException e) {
      throw InstanceDirectory.diskFailure("can't stop " + id, e);
    }
  }

  @Override
  public void remove(String id) throws RuntimeFailure {
    if (stop(id).isEmpty()) {
      return;
    }
    InstanceDirectory directory = instances.directory(id);
    try {
      launcher.retire(directory);
      Optional<Identity> identity = instances.identity(id);
      secrets.remove(directory);
      Path discarded = directory.discard(state.resolve("trash"));
      identity.ifPresent(gone -> ports.release(gone.port(), id));
      machine.cgroups().remove(hostId, id);
      Files.deleteIfExists(instances.journal(id));
      InstanceDirectory.delete(discarded);
    } catch (IOException e) {
      throw InstanceDirectory.diskFailure("can't remove " + id, e);
    }
  }

  @Override
  public List<InstanceStatus> list() throws RuntimeFailure {
    ensureOpen();
    List<InstanceStatus> all = instances.list(this::tendInBackground);
    all.stream().map(InstanceStatus::id).filter(this::lacksSecrets).forEach(this::tendInBackground);
    return all;
  }

  @Override
  public Subscription subscribe(Consumer<RuntimeEvent> listener) {
    synchronized (listeners) {
      listeners.add(listener);
    }
    return () -> {
      synchronized (listeners) {
        listeners.remove(listener);
      }
    };
  }

  /** Under the lock, so that nobody is called once their subscription is closed. */
  private void emit(RuntimeEvent event) {
    synchronized (listeners) {
      for (Consumer<RuntimeEvent> listener : List.copyOf(listeners)) {
        try {
          listener.accept(event);
        } catch (RuntimeException e) {
          LOG.error("a listener failed on {}", event, e);
        }
      }
    }
  }

  @Override
  public <T> Optional<T> ability(Class<T> type) {
    if (type == InstanceLogs.class || type == ResumableLogs.class) {
      return Optional.of(type.cast(logs));
    }
    if (type == NamedVolumes.class) {
      return Optional.of(type.cast(volumes));
    }
    if (type == InstanceSignals.class) {
      InstanceSignals signals = this::signal;
      return Optional.of(type.cast(signals));
    }
    if (type == SecretRefresh.class) {
      SecretRefresh refresh = this::refreshSecrets;
      return Optional.of(type.cast(refresh));
    }
    if (type == InstanceStats.class) {
      return Optional.of(type.cast(usages));
    }
    return type == InstanceExec.class ? Optional.of(type.cast(exec)) : Optional.empty();
  }

  /** Somebody has emptied the directory in memory: its keeper can't start it again. */
  private boolean lacksSecrets(String id) {
    try {
      return secrets.missing(instances.directory(id));
    } catch (IOException e) {
      return false;
    }
  }

  private void signal(String id, String name) throws RuntimeFailure {
    ensureOpen();
    int number = Signals.number(name);
    try {
      Optional<ProcessIdentity> main =
          Journal.last(instances.journal(id))
              .filter(line -> line.mainAlive(machine.bootId()))
              .flatMap(Journal.Line::main);
      if (main.isPresent()) {
        main.get().signal(number);
      }
    } catch (IOException e) {
      throw InstanceDirectory.diskFailure("can't signal " + id, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw closed();
    }
  }

  private void refreshSecrets(String id) throws RuntimeFailure {
    ensureOpen();
    InstanceDirectory directory = instances.directory(id);
    if (!directory.exists()) {
      return;
    }
    try (Lifecycle.Hold _ = lifecycle.hold(directory)) {
      Optional<Identity> identity = instances.identity(id);
      if (identity.isPresent()) {
        secrets.refresh(identity.get(), directory);
      }
    } catch (IOException e) {
      throw InstanceDirectory.diskFailure("can't replace the secret files of " + id, e);
    }
  }

  private void tendInBackground(String id) {
    if (closed || !tending.add(id)) {
      return;
    }
    try {
      executor.execute(
          () -> {
            try {
              tend(id);
            } finally {
              tending.remove(id);
            }
          });
    } catch (RejectedExecutionException e) {
      tending.remove(id);
    }
  }

  private void tend(String id) {
    InstanceDirectory directory = instances.directory(id);
    try {
      Optional<Lifecycle.Hold> hold = lifecycle.tryHold(directory);
      if (hold.isEmpty()) {
        return;
      }
      try (Lifecycle.Hold _ = hold.get()) {
        Optional<Identity> identity = instances.identity(id);
        if (identity.isPresent()) {
          if (Journal.last(instances.journal(id)).filter(Journal.Line::ended).isEmpty()) {
            secrets.ensure(identity.get(), directory);
          }
          lifecycle.tend(identity.get());
        }
      }
    } catch (IOException | RuntimeFailure e) {
      if (!closed && directory.exists()) {
        LOG.warn("can't look after {}: {}", id, e.getMessage());
      }
    }
  }

  @Override
  public void close(boolean handOver) {
    closed = true;
    exec.close();
    try {
      watch.close();
      if (!observer.awaitEnd(500)) {
        LOG.warn("the observer of the process runtime is still busy");
      }
    } catch (IOException e) {
      LOG.warn("can't close the watch: {}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void ensureOpen() throws RuntimeFailure {
    if (closed) {
      throw closed();
    }
  }

  static RuntimeFailure closed() {
    return new RuntimeFailure(
        RuntimeFailure.Kind.UNAVAILABLE,
        "runtime_closed",
        "The process runtime is being closed.",
        "Try again.");
  }
}
