package io.gyre.reconciler;

import io.gyre.bus.Bus;
import io.gyre.bus.BusHandler;
import io.gyre.component.GyreConfig;
import io.gyre.component.LiveConfig;
import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.reconciler.health.ExecProbe;
import io.gyre.reconciler.health.HealthMonitor;
import io.gyre.reconciler.health.Verdict;
import io.gyre.reconciler.usage.Scaling;
import io.gyre.reconciler.usage.UsageRecorder;
import io.gyre.store.DesiredVersion;
import io.gyre.store.Store;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Routes what happens to the deployments that it concerns; each has a {@link DeploymentWorker} of
 * its own, so that none waits for another.
 */
final class Reconciler implements BusHandler, Surroundings, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);
  private static final int PAGE = 500;
  private static final Duration KEEP_EVENTS = Duration.ofDays(30);

  /** How long what probes saw is kept of instances that are gone, and of how many checks. */
  private static final Duration KEEP_GONE = Duration.ofDays(7);

  private static final int KEEP_GONE_CHECKS = 1000;

  private final Store store;
  private final Bus bus;
  private final Clock clock;
  private final Supplier<GyreConfig.Reconciler> config;
  private final HealthMonitor health;
  private final HostFacts hostFacts;
  private final ProbeKeeper probeKeeper;
  private final UsageRecorder usage;
  private final Admission admission;
  private final Map<DeploymentKey, DeploymentWorker> workers = new ConcurrentHashMap<>();
  private final Map<InstanceId, Owner> owners = new ConcurrentHashMap<>();
  private final Map<InstanceId, Owner> strangers = new ConcurrentHashMap<>();
  private final Map<DeploymentKey, Set<DeploymentKey>> waiting = new ConcurrentHashMap<>();
  private final AtomicBoolean reportRequested = new AtomicBoolean();
  private final AtomicBoolean stateChangeDue = new AtomicBoolean();

  /** So that this is logged once, not with every message. */
  private final AtomicBoolean busRefuses = new AtomicBoolean();

  /** Whose instance it is. */
  private record Owner(DeploymentKey deployment, String runtime) {}

  private volatile boolean closed;

  private final ReentrantLock resyncLock = new ReentrantLock();
  private @Nullable ScheduledFuture<?> nextResync;

  private final AtomicLong passes = new AtomicLong();

  /** Of the timer's thread. */
  private long pass;

  private final LongAdder lookCount = new LongAdder();
  private final ExecutorService looks = Executors.newVirtualThreadPerTaskExecutor();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("reconciler-timer").daemon().factory());

  /** On a host without bounds, of which nothing is measured. */
  Reconciler(
      Store store, Bus bus, Path sockets, Clock clock, Supplier<GyreConfig.Reconciler> config) {
    this(store, bus, sockets, clock, config, () -> Duration.ZERO, () -> Demand.UNLIMITED);
  }

  /**
   * @param config asked anew whenever it is needed
   * @param metricsInterval likewise
   * @param capacity what all instances together may ask of the host
   */
  Reconciler(
      Store store,
      Bus bus,
      Path sockets,
      Clock clock,
      Supplier<GyreConfig.Reconciler> config,
      Supplier<Duration> metricsInterval,
      Supplier<Demand> capacity) {
    this.store = store;
    this.bus = bus;
    this.clock = clock;
    this.config = config;
    this.health =
        new HealthMonitor(new ExecProbe(sockets, m -> publish(m, "probe")), this::checked);
    this.probeKeeper = new ProbeKeeper(store, health, timer);
    this.usage =
        new UsageRecorder(
            store,
            this::ownerOf,
            metricsInterval,
            new Scaling(store, metricsInterval, clock, this::publish));
    this.hostFacts = new HostFacts(store, clock, timer, this::tellAll, this::stateChanged);
    this.admission = new Admission(capacity, key -> worker(key).post(new Input.Wake("admission")));
  }

  /** Looks at everything once, then follows the bus. */
  void start() {
    hostFacts.lookAtRuntimes();
    admission.begin(store.read().heldDemands());
    wakeAll("start");
    bus.start(this);
    requestReport();
    resyncLater();
  }

  /** Only one is ever due. */
  private void resyncLater() {
    resyncLock.lock();
    try {
      if (nextResync != null) {
        nextResync.cancel(false);
      }
      nextResync =
          timer.schedule(this::fullPass, config.get().resync().toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("closing");
    } finally {
      resyncLock.unlock();
    }
  }

  /** What changed in the configuration, or that it is broken, is part of the story. */
  void configurationRead(LiveConfig.Reading reading) {
    resyncLater();
    admission.capacityChanged();
    hostFacts.inOrder(
        () -> {
          store
              .observed()
              .transact(tx -> tx.appendEvent(ConfigEvents.of(reading, clock.instant())));
          stateChanged("configuration");
        });
  }

  /** Runs on the timer's thread. */
  void onTimer(Runnable task) {
    hostFacts.inOrder(task);
  }

  private void fullPass() {
    if (closed) {
      return;
    }
    try {
      admission.capacityChanged();
      wakeChanged();
      int swept =
          store
              .observed()
              .transact(
                  tx -> {
                    Instant now = clock.instant();
                    tx.sweepProbes(KEEP_GONE_CHECKS, now.minus(KEEP_GONE));
                    return tx.sweepEvents(config.get().keepEvents(), now.minus(KEEP_EVENTS));
                  });
      if (swept > 0) {
        log.info("{} old events swept", swept);
      }
    } catch (GyreException e) {
      log.warn("full pass: {}: {}", e.code(), e.getMessage());
    } catch (RuntimeException e) {
      log.error("full pass", e);
    } finally {
      passes.incrementAndGet();
      resyncLater();
    }
  }

  /**
   * Wakes every deployment that isn't at rest, or that is wanted otherwise than when it was looked
   * at last. What rests costs one row of one query.
   */
  private void wakeChanged() {
    pass++;
    eachVersion(
        version -> {
          DeploymentWorker worker = worker(version.key());
          if (!worker.rests(version, pass)) {
            worker.post(new Input.Wake("resync"));
          }
        });
    for (DeploymentWorker worker : workers.values()) {
      if (!worker.seenIn(pass)) {
        worker.post(new Input.Wake("resync"));
      }
    }
  }

  private void eachVersion(Consumer<DesiredVersion> take) {
    DeploymentKey after = null;
    List<DesiredVersion> page;
    do {
      page = store.read().versions(after, PAGE);
      page.forEach(take);
      after = page.isEmpty() ? after : page.getLast().key();
    } while (page.size() == PAGE);
  }

  /** Wakes every deployment that is wanted, and every one that something is left of. */
  private void wakeAll(String correlation) {
    eachVersion(version -> worker(version.key()).post(new Input.Wake(correlation)));
    InstanceId last = null;
    List<InstanceRecord> rows;
    do {
      rows = store.read().instances(null, null, last, PAGE);
      for (InstanceRecord row : rows) {
        instanceBelongsTo(row.id(), row.deployment(), row.runtime());
        if (!workers.containsKey(row.deployment())) {
          worker(row.deployment()).post(new Input.Wake(correlation));
        }
        last = row.id();
      }
    } while (rows.size() == PAGE);
  }

  @Override
  public void onMessage(Envelope envelope, Message message) {
    String correlation = envelope.correlation();
    switch (message) {
      case Message.DeploymentChanged m -> {
        worker(m.deployment()).post(new Input.Wake(correlation));
        if (!strangers.isEmpty()) {
          // What was left alone so far may be one to remove now.
          requestReport();
        }
      }
      case Message.RegistryLoginChanged m ->
          worker(m.deployment()).post(new Input.TryAgain(correlation));
      case Message.InstanceObserved m ->
          worker(m.observation().deployment())
              .post(new Input.Observed(m.observation(), correlation));
      case Message.InstanceGone m ->
          toOwner(m.instance(), new Input.Gone(m.instance(), correlation));
      case Message.CommandDone m ->
          toOwner(m.instance(), new Input.Done(m.instance(), m.restartNonce(), correlation));
      case Message.CommandFailed m ->
          toOwner(
              m.instance(),
              new Input.Failed(
                  m.instance(),
                  m.kind(),
                  m.code(),
                  m.message(),
                  m.hint(),
                  m.retryable(),
                  correlation));
      case Message.InstancesReported m -> reported(m.runtime(), id -> true, m.instances());
      case Message.InstancesReportedPart m -> reported(m.runtime(), m::covers, m.instances());
      case Message.HostStarted m -> hostStarted(correlation);
      case Message.RuntimeChanged m -> hostFacts.runtimeChanged(m.runtime(), correlation);
      case Message.ComponentChanged m -> hostFacts.componentChanged(m, correlation);
      case Message.PluginsReported m -> hostFacts.pluginsReported(m.plugins(), correlation);
      case Message.PluginChanged m -> hostFacts.pluginChanged(m, correlation);
      case Message.UsageReported m -> usage.take(m);
      case Message.ContentRefreshed m -> hostFacts.contentRefreshed(m, correlation);
      case Message.VolumesReported m -> hostFacts.volumesReported(m, correlation);
      case Message.ContentChanged m -> {}
      case Message.RemoveVolume m -> {}
      case Message.RollBackPlugin m -> {}
      case Message.OpenLogs m -> {}
      case Message.OpenExec m -> {}
      case Message.StartInstance m -> {}
      case Message.RemoveInstance m -> {}
      case Message.RestartInstance m -> {}
      case Message.ReportInstances m -> {}
      case Message.StateChanged m -> {}
      case Message.DeploymentRemoved m -> {}
      case Message.RolledBack m -> {}
      case Message.StopInstance m -> {}
      case Message.RestartRun m -> {}
      case Message.DeploymentHalted m -> {}
      case Message.ReplicasDecided m -> {}
    }
  }

  private void toOwner(InstanceId instance, Input input) {
    Owner owner = owners.getOrDefault(instance, strangers.get(instance));
    if (owner != null) {
      worker(owner.deployment()).post(input);
    }
  }

  /**
   * Only whose instances are missing is told of it.
   *
   * @param covered which ids the report is about
   */
  private void reported(String runtime, Predicate<InstanceId> covered, List<InstanceId> there) {
    Set<InstanceId> present = Set.copyOf(there);
    Map<DeploymentKey, Set<InstanceId>> missing = new HashMap<>();
    BiConsumer<InstanceId, Owner> look =
        (id, owner) -> {
          if (owner.runtime().equals(runtime) && !present.contains(id) && covered.test(id)) {
            missing.computeIfAbsent(owner.deployment(), key -> new HashSet<>()).add(id);
          }
        };
    owners.forEach(look);
    strangers.forEach(look);
    missing.forEach((key, ids) -> worker(key).post(new Input.Missing(runtime, ids, "")));
  }

  private void tellAll(Input input) {
    workers.values().forEach(worker -> worker.post(input));
  }

  private void hostStarted(String correlation) {
    tellAll(new Input.HostRestarted(""));
    hostFacts.hostStarted(correlation);
  }

  private void checked(Verdict verdict) {
    worker(verdict.deployment()).post(new Input.Checked(verdict, Ids.correlation()));
  }

  private DeploymentWorker worker(DeploymentKey key) {
    return workers.computeIfAbsent(key, k -> new DeploymentWorker(k, this));
  }

  // ---- Surroundings

  @Override
  public Store store() {
    return store;
  }

  @Override
  public Clock clock() {
    return clock;
  }

  @Override
  public RandomGenerator random() {
    return ThreadLocalRandom.current();
  }

  @Override
  public HealthMonitor health() {
    return health;
  }

  @Override
  public Admission admission() {
    return admission;
  }

  @Override
  public boolean publish(Message message, String correlation) {
    try {
      bus.publish(message, correlation, "");
      busRefuses.set(false);
      return true;
    } catch (GyreException e) {
      if (!busRefuses.getAndSet(true)) {
        log.warn("{} not sent: {}", message.getClass().getSimpleName(), e.getMessage());
      }
      return !e.kind().retryable();
    }
  }

  @Override
  public void stateChanged(String correlation) {
    if (stateChangeDue.compareAndSet(false, true)) {
      run(
          () -> {
            stateChangeDue.set(false);
            try {
              publish(new Message.StateChanged(store.read().lastEventSeq()), correlation);
            } catch (GyreException e) {
              log.warn("state change not told: {}", e.getMessage());
            }
          });
    }
  }

  @Override
  public void wakeLater(DeploymentKey deployment, Duration delay) {
    try {
      var _ =
          timer.schedule(
              () -> worker(deployment).post(new Input.Wake("")),
              Math.max(1, delay.toMillis()),
              TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("closing");
    }
  }

  /** For tests: full passes that have ended. */
  long passCount() {
    return passes.get();
  }

  /** For tests: how often any deployment was looked at. */
  long lookCount() {
    return lookCount.sum();
  }

  @Override
  public void run(Runnable look) {
    try {
      lookCount.increment();
      looks.execute(look);
    } catch (RejectedExecutionException e) {
      log.debug("closing");
    }
  }

  @Override
  public void instanceBelongsTo(InstanceId instance, DeploymentKey deployment, String runtime) {
    owners.put(instance, new Owner(deployment, runtime));
  }

  private @Nullable DeploymentKey ownerOf(InstanceId instance) {
    Owner owner = owners.get(instance);
    return owner == null ? null : owner.deployment();
  }

  @Override
  public boolean isNewStranger(InstanceId instance, DeploymentKey deployment, String runtime) {
    return strangers.put(instance, new Owner(deployment, runtime)) == null;
  }

  @Override
  public boolean strangerLeft(InstanceId instance) {
    return strangers.remove(instance) != null;
  }

  @Override
  public void instanceForgotten(InstanceId instance) {
    owners.remove(instance);
  }

  @Override
  public void retire(DeploymentKey deployment) {
    workers.remove(deployment);
  }

  @Override
  public void waitsFor(DeploymentKey waits, DeploymentKey awaited) {
    waiting.compute(
        awaited,
        (key, before) -> {
          Set<DeploymentKey> all = before == null ? ConcurrentHashMap.newKeySet() : before;
          all.add(waits);
          return all;
        });
  }

  @Override
  public void advanced(DeploymentKey deployment, String correlation) {
    Set<DeploymentKey> dependents = waiting.remove(deployment);
    if (dependents != null) {
      dependents.forEach(each -> worker(each).post(new Input.Wake(correlation)));
    }
  }

  @Override
  public Map<String, String> runtimesAway() {
    return hostFacts.runtimesAway();
  }

  @Override
  public void keepProbes() {
    probeKeeper.keep();
  }

  @Override
  public void requestReport() {
    if (reportRequested.compareAndSet(false, true)) {
      var _ =
          timer.schedule(
              () -> {
                reportRequested.set(false);
                if (!closed) {
                  publish(new Message.ReportInstances(), "report");
                }
              },
              200,
              TimeUnit.MILLISECONDS);
    }
  }

  /** Stops looking; a look under way ends first where it is quick. Workloads are not touched. */
  @Override
  public void close() {
    closed = true;
    timer.shutdown();
    usage.close();
    health.close();
    looks.shutdown();
    try {
      if (!looks.awaitTermination(500, TimeUnit.MILLISECONDS)) {
        log.info(
            "a look is still under way; what it decided is in the store or will be decided again");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
