package io.gyre.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.bus.Bus;
import io.gyre.bus.BusConfig;
import io.gyre.component.GyreConfig;
import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import io.gyre.model.ChangeRecord;
import io.gyre.model.Component;
import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.EventRecord;
import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.InstanceRecord;
import io.gyre.model.NetworkMode;
import io.gyre.model.ObservedState;
import io.gyre.model.ProcessSpec;
import io.gyre.model.Resources;
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

  void startReconciler() {
    open();
  }

  // ---- the host

  /** What the host tells, as in a message of its own. */
  void tell(Message fact, String correlation) {
    hostBus.publish(fact, correlation, "");
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
              running.computeIfAbsent(
                  start.instance(), id -> observation(id, start.deployment(), start.revision(), 0));
          fact(new Message.InstanceObserved(seen));
          fact(new Message.CommandDone(start.instance(), 0));
        }
        case Message.RemoveInstance remove -> {
          running.remove(remove.instance());
          fact(new Message.InstanceGone(remove.instance()));
        }
        case Message.RestartInstance restart -> {
          InstanceObservation seen =
              observation(restart.instance(), restart.deployment(), restart.revision(), 0);
          running.put(restart.instance(), seen);
          fact(new Message.InstanceObserved(seen));
          fact(new Message.CommandDone(restart.instance(), restart.nonce()));
        }
        case Message.ReportInstances report -> report();
      }
    }
  }

  synchronized void put(InstanceId id, InstanceObservation seen) {
    running.put(id, seen);
  }

  synchronized void drop(InstanceId id) {
    running.remove(id);
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
        List.of(),
        Instant.now().minusSeconds(5),
        restarts,
        false,
        null,
        null,
        null);
  }

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
    return new DeploymentSpec(
        "process",
        WorkloadKind.WORKER,
        null,
        new ProcessSpec(List.of(command), null, null, "TERM", Duration.ofSeconds(1)),
        Map.of(),
        List.of(),
        List.of(),
        Map.of(),
        Resources.NONE,
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
        d.createdAt(),
        Instant.now(),
        "c-user");
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
