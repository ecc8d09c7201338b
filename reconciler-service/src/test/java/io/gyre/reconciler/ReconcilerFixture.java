package io.gyre.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.bus.Bus;
import io.gyre.bus.BusConfig;
import io.gyre.component.GyreConfig;
import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import io.gyre.model.Autoscale;
import io.gyre.model.BoundPort;
import io.gyre.model.ChangeRecord;
import io.gyre.model.Component;
import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ErrorKind;
import io.gyre.model.EventRecord;
import io.gyre.model.ExitRecord;
import io.gyre.model.Halt;
import io.gyre.model.HealthCheck;
import io.gyre.model.HealthRestart;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.InstanceRecord;
import io.gyre.model.JobPolicy;
import io.gyre.model.JobRequest;
import io.gyre.model.NetworkMode;
import io.gyre.model.ObservedState;
import io.gyre.model.PortMapping;
import io.gyre.model.ProcessSpec;
import io.gyre.model.Resources;
import io.gyre.model.RolloutPolicy;
import io.gyre.model.WorkloadKind;
import io.gyre.store.EventQuery;
import io.gyre.store.Store;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A real reconciler on a real store and a real bus. The test plays the API, and a host whose
 * instances run as soon as they are commanded unless the test says otherwise.
 */
final class ReconcilerFixture implements AutoCloseable {
  static final DeploymentKey WEB = new DeploymentKey("default", "web");

  private final Path directory;
  private final Store apiStore;
  private final Bus apiBus;
  private final Bus hostBus;
  private Store store;
  private Bus bus;
  private Reconciler reconciler;
  private long epoch = 1;

  /** Guarded by this. */
  final Map<InstanceId, InstanceObservation> running = new TreeMap<>();

  final List<Message.Command> commands = new ArrayList<>();
  final List<Message> told = new ArrayList<>();
  volatile Demand capacity = Demand.UNLIMITED;
  volatile boolean deaf;
  volatile Message.@Nullable CommandFailed failure;
  volatile boolean restartsFail;
  private long pids = 1000;

  ReconcilerFixture(Path directory) {
    this.directory = directory;
    this.apiStore = Store.open(directory.resolve("gyre.db"), Component.API, Clock.systemUTC());
    this.apiBus = bus(Component.API, 1, Set.of(Component.RECONCILER));
    this.hostBus = bus(Component.RUNTIME, 1, Set.of(Component.RECONCILER));
    open();
    apiBus.start((envelope, message) -> note(message));
    hostBus.start(this::host);
  }

  private synchronized void note(Message message) {
    told.add(message);
  }

  private Bus bus(Component self, long epochOfIt, Set<Component> from) {
    return Bus.open(
        BusConfig.of(directory.resolve("bus"), directory.resolve("run"), self, epochOfIt, from));
  }

  private void open() {
    store = Store.open(directory.resolve("gyre.db"), Component.RECONCILER, Clock.systemUTC());
    bus = bus(Component.RECONCILER, epoch++, Set.of(Component.API, Component.RUNTIME));
    reconciler =
        new Reconciler(
            store,
            bus,
            directory.resolve("run"),
            Clock.systemUTC(),
            () -> new GyreConfig.Reconciler(Duration.ofSeconds(1), 20_000),
            () -> Duration.ofSeconds(15),
            () -> capacity);
    reconciler.start();
  }

  void restartReconciler() {
    stopReconciler();
    open();
  }

  void stopReconciler() {
    reconciler.close();
    bus.close();
    store.close();
  }

  /** Only while there is no reconciler. */
  void put(HealthRestart restart) {
    try (Store writer =
        Store.open(directory.resolve("gyre.db"), Component.RECONCILER, Clock.systemUTC())) {
      writer.observed().run(tx -> tx.putHealthRestart(restart));
    }
  }

  void startReconciler() {
    open();
  }

  // ---- the host

  /** What the host tells, as in a message of its own. */
  void tell(Message fact, String correlation) {
    hostBus.publish(fact, correlation, "");
  }

  /** What the API tells. */
  void tellReconciler(Message message) {
    apiBus.publish(message, "c-api", "");
  }

  Store store() {
    return apiStore;
  }

  private void host(Envelope envelope, Message message) {
    if (!(message instanceof Message.Command command)) {
      return;
    }
    synchronized (this) {
      commands.add(command);
      if (deaf) {
        return;
      }
      Message.CommandFailed failing = failure;
      switch (command) {
        case Message.StartInstance start when failing != null ->
            fact(
                new Message.CommandFailed(
                    start.instance(),
                    failing.kind(),
                    failing.code(),
                    failing.message(),
                    failing.hint(),
                    failing.retryable()));
        case Message.StartInstance start -> {
          InstanceObservation seen =
              running.compute(
                  start.instance(),
                  (id, before) ->
                      before == null || before.state() == ObservedState.STOPPED
                          ? observation(id, start.deployment(), start.revision(), 0)
                          : before);
          fact(new Message.InstanceObserved(seen));
          fact(new Message.CommandDone(start.instance(), 0));
        }
        case Message.RemoveInstance remove -> {
          running.remove(remove.instance());
          fact(new Message.InstanceGone(remove.instance()));
        }
        case Message.RestartInstance restart when restartsFail ->
            fact(
                new Message.CommandFailed(
                    restart.instance(), ErrorKind.RUNTIME, "stop_failed", "no", null, true));
        case Message.RestartInstance restart -> {
          InstanceObservation seen =
              observation(restart.instance(), restart.deployment(), restart.revision(), 0);
          running.put(restart.instance(), seen);
          fact(new Message.InstanceObserved(seen));
          fact(new Message.CommandDone(restart.instance(), restart.nonce()));
        }
        case Message.StopInstance stop -> {
          InstanceObservation seen = running.remove(stop.instance());
          InstanceObservation ended =
              stopped(
                  seen == null
                      ? observation(stop.instance(), stop.deployment(), stop.revision(), 0)
                      : seen);
          running.put(stop.instance(), ended);
          fact(new Message.InstanceObserved(ended));
          fact(new Message.CommandDone(stop.instance(), 0));
        }
        case Message.RestartRun restart -> {
          InstanceObservation seen = running.get(restart.instance());
          if (seen != null
              && seen.startedAt() != null
              && seen.startedAt().toEpochMilli() == restart.run().toEpochMilli()) {
            seen = like(seen);
            running.put(restart.instance(), seen);
          }
          if (seen != null) {
            fact(new Message.InstanceObserved(seen));
          }
          fact(new Message.CommandDone(restart.instance(), 0));
        }
        case Message.ReportInstances report -> report();
      }
    }
  }

  /** It has ended by itself; nothing is said where it isn't there. */
  synchronized void end(InstanceId id, int code, String... lastLines) {
    InstanceObservation seen = running.get(id);
    if (seen != null) {
      InstanceObservation ended =
          new InstanceObservation(
              id,
              seen.deployment(),
              seen.revision(),
              "process",
              ObservedState.EXITED,
              null,
              null,
              "127.0.0.1",
              List.of(),
              seen.startedAt(),
              0,
              false,
              null,
              new ExitRecord(code, Instant.now(), List.of(lastLines)),
              null);
      running.put(id, ended);
      fact(new Message.InstanceObserved(ended));
    }
  }

  synchronized void put(InstanceId id, InstanceObservation seen) {
    running.put(id, seen);
  }

  synchronized void drop(InstanceId id) {
    running.remove(id);
  }

  Path database() {
    return directory.resolve("gyre.db");
  }

  synchronized void report() {
    running.values().forEach(seen -> fact(new Message.InstanceObserved(seen)));
    fact(new Message.InstancesReported("process", List.copyOf(running.keySet())));
  }

  InstanceObservation observation(
      InstanceId id, DeploymentKey deployment, long revision, long restarts) {
    return new InstanceObservation(
        id,
        deployment,
        revision,
        "process",
        ObservedState.RUNNING,
        ++pids,
        null,
        "127.0.0.1",
        port == 0
            ? List.of()
            : List.of(new BoundPort("PORT", "127.0.0.1", port, port, PortMapping.Protocol.TCP)),
        Instant.now().minusSeconds(5),
        restarts,
        false,
        null,
        null,
        null);
  }

  private static InstanceObservation stopped(InstanceObservation seen) {
    return new InstanceObservation(
        seen.id(),
        seen.deployment(),
        seen.revision(),
        seen.runtime(),
        ObservedState.STOPPED,
        null,
        seen.handle(),
        seen.address(),
        seen.ports(),
        seen.startedAt(),
        seen.restarts(),
        false,
        null,
        new ExitRecord(143, Instant.now(), List.of()),
        null);
  }

  /** With another main process. */
  private InstanceObservation like(InstanceObservation seen) {
    return new InstanceObservation(
        seen.id(),
        seen.deployment(),
        seen.revision(),
        seen.runtime(),
        ObservedState.RUNNING,
        ++pids,
        seen.handle(),
        seen.address(),
        seen.ports(),
        Instant.now(),
        seen.restarts(),
        false,
        null,
        seen.lastExit(),
        null);
  }

  /** A port at which every instance from now on is reached. */
  volatile int port;

  void fact(Message.Fact fact) {
    hostBus.publish(fact, "c-host", "");
  }

  synchronized List<Message.Command> commands() {
    return List.copyOf(commands);
  }

  synchronized List<Message> told() {
    return List.copyOf(told);
  }

  // ---- the API

  DeploymentSpec spec(String command, HealthCheck... checks) {
    return spec(command, Resources.NONE, checks);
  }

  DeploymentSpec spec(String command, Resources resources, HealthCheck... checks) {
    return new DeploymentSpec(
        "process",
        WorkloadKind.WORKER,
        null,
        new ProcessSpec(List.of(command), null, null, "TERM", Duration.ofSeconds(1)),
        Map.of(),
        List.of(),
        List.of(),
        Map.of(),
        resources,
        List.of(checks),
        NetworkMode.BRIDGE);
  }

  void want(String command, int replicas) {
    want(spec(command), replicas);
  }

  void want(DeploymentSpec spec, int replicas) {
    change(
        "update",
        before -> {
          long revision = before == null ? 1 : before.revision();
          if (before != null && !before.spec().equals(spec)) {
            revision = apiStore.read().revisions(WEB).getLast().revision() + 1;
          }
          return new DesiredDeployment(
              WEB,
              before == null ? "uid1" : before.uid(),
              before == null ? 1 : before.generation() + 1,
              revision,
              replicas,
              before == null ? 0 : before.restartNonce(),
              false,
              spec,
              Instant.now(),
              Instant.now(),
              "c-user");
        });
  }

  void wantJob(String command, JobPolicy policy) {
    DeploymentSpec worker = spec(command);
    DeploymentSpec job =
        new DeploymentSpec(
            worker.runtime(),
            WorkloadKind.JOB,
            null,
            worker.process(),
            Map.of(),
            List.of(),
            List.of(),
            Map.of(),
            Resources.NONE,
            List.of(),
            NetworkMode.BRIDGE);
    change(
        "update",
        before ->
            new DesiredDeployment(
                WEB,
                "uid1",
                before == null ? 1 : before.generation() + 1,
                1,
                1,
                0,
                false,
                job,
                RolloutPolicy.DEFAULT,
                List.of(),
                false,
                0,
                Instant.now(),
                Instant.now(),
                "c-user",
                null,
                policy));
  }

  /** As the API does where a user asks something of a job. */
  void ask(JobRequest.Kind kind) {
    apiStore
        .desired()
        .transact(
            tx ->
                tx.addJobRequest(
                    new JobRequest(0, WEB, "uid1", kind, 0, "me", Instant.now(), "c-ask")));
    apiBus.publish(new Message.DeploymentChanged(WEB, 1), "c-ask", "");
  }

  /** As the API does when it hears of a rollback, or when a user asks for one. */
  void wantRevision(long revision) {
    change(
        "rollback",
        d ->
            new DesiredDeployment(
                d.key(),
                d.uid(),
                d.generation() + 1,
                revision,
                d.replicas(),
                d.restartNonce(),
                false,
                apiStore.read().revisionSpec(WEB, revision).orElseThrow(),
                d.createdAt(),
                Instant.now(),
                "c-back"));
  }

  void autoscale(Autoscale policy) {
    apiStore.desired().run(tx -> tx.putAutoscale(WEB, policy));
  }

  String rollout(long revision) {
    return apiStore.read().rollouts(WEB).stream()
        .filter(row -> row.revision() == revision)
        .map(row -> row.state().id())
        .findFirst()
        .orElse("none");
  }

  /** Another deployment than web. */
  void want(String name, DeploymentSpec spec, int replicas) {
    apiBus.publish(wantInSilence(name, spec, replicas), "c-user", "");
  }

  /** Committed, but the message that says so isn't sent. */
  Message wantInSilence(String name, DeploymentSpec spec, int replicas) {
    DeploymentKey key = new DeploymentKey("default", name);
    Instant now = Instant.now();
    DesiredDeployment wanted =
        apiStore
            .desired()
            .transact(
                tx -> {
                  long generation = tx.deployment(key).map(d -> d.generation() + 1).orElse(1L);
                  tx.putNamespace("default");
                  if (generation == 1) {
                    tx.addRevision(key, 1, spec, "c-user", "me");
                  }
                  DesiredDeployment next =
                      new DesiredDeployment(
                          key,
                          "uid-" + name,
                          generation,
                          1,
                          replicas,
                          0,
                          false,
                          spec,
                          now,
                          now,
                          "c-user");
                  tx.putDeployment(next);
                  return next;
                });
    return new Message.DeploymentChanged(key, wanted.generation());
  }

  long passCount() {
    return reconciler.passCount();
  }

  long lookCount() {
    return reconciler.lookCount();
  }

  List<InstanceRecord> rows(String name) {
    return apiStore.read().instances("default", name, null, 100);
  }

  void askRestart() {
    change("restart", d -> copy(d, d.restartNonce() + 1, d.deleted()));
  }

  /** As the API does when it hears of it, or when a user asks for it; null: to run again. */
  void halt(@Nullable Halt halt) {
    change(halt == null ? "start" : "stop", d -> copy(d, d.restartNonce(), false).halted(halt));
  }

  void delete() {
    change("delete", d -> copy(d, d.restartNonce(), true));
  }

  private static DesiredDeployment copy(DesiredDeployment d, long nonce, boolean deleted) {
    return new DesiredDeployment(
        d.key(),
        d.uid(),
        d.generation() + 1,
        d.revision(),
        d.replicas(),
        nonce,
        deleted,
        d.spec(),
        d.rollout(),
        d.dependencies(),
        d.paused(),
        d.promoted(),
        d.createdAt(),
        Instant.now(),
        "c-user",
        d.halted(),
        d.job());
  }

  private void change(String verb, UnaryOperator<DesiredDeployment> next) {
    DesiredDeployment after =
        apiStore
            .desired()
            .transact(
                tx -> {
                  DesiredDeployment before = tx.deployment(WEB).orElse(null);
                  DesiredDeployment wanted = next.apply(before);
                  tx.putNamespace("default");
                  if (tx.revisionSpec(WEB, wanted.revision()).isEmpty()) {
                    tx.addRevision(WEB, wanted.revision(), wanted.spec(), "c-user", "me");
                  }
                  tx.putDeployment(wanted);
                  tx.recordChange(
                      new ChangeRecord(
                          0,
                          Instant.now(),
                          "me",
                          verb,
                          "default",
                          "web",
                          wanted.generation(),
                          "",
                          "c-user"));
                  return wanted;
                });
    apiBus.publish(new Message.DeploymentChanged(WEB, after.generation()), "c-user", "");
  }

  void removeRow() {
    apiStore.desired().transact(tx -> tx.removeDeployment(WEB, "uid1"));
  }

  // ---- what can be seen

  List<InstanceRecord> rows() {
    return apiStore.read().instances("default", "web", null, 100);
  }

  InstanceRecord row() {
    assertThat(rows()).hasSize(1);
    return rows().getFirst();
  }

  @Nullable DeploymentStatus status() {
    return apiStore.read().status(WEB).orElse(null);
  }

  String phase() {
    DeploymentStatus status = status();
    return status == null
        ? "none"
        : status.phase().id() + " " + status.ready() + "/" + status.total();
  }

  List<String> reasons() {
    return apiStore.read().events(new EventQuery(0, 1000, null, null, null, null, false)).stream()
        .map(EventRecord::reason)
        .toList();
  }

  void await(BooleanSupplier condition, String what) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            "waited too long until "
                + what
                + "; phase "
                + phase()
                + ", rows "
                + rows()
                + ", events "
                + reasons()
                + ", commands "
                + commands());
      }
      try {
        TimeUnit.MILLISECONDS.sleep(5);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  void awaitPhase(String phase) {
    await(() -> phase().equals(phase), "the phase is " + phase);
  }

  @Override
  public void close() {
    stopReconciler();
    hostBus.close();
    apiBus.close();
    apiStore.close();
  }
}
