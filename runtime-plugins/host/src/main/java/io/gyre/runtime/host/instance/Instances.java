package io.gyre.runtime.host.instance;

import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.InstanceRecord;
import io.gyre.model.PluginChange;
import io.gyre.model.PluginInfo;
import io.gyre.model.RuntimeInfo;
import io.gyre.runtime.host.content.ContentFiles;
import io.gyre.runtime.host.plugin.PluginSupport;
import io.gyre.runtime.host.plugin.RuntimeSlot;
import io.gyre.runtime.host.plugin.Runtimes;
import io.gyre.runtime.host.plugin.SlotListener;
import io.gyre.runtime.host.report.Cause;
import io.gyre.runtime.host.report.Reporter;
import io.gyre.runtime.host.restart.InstanceFiles;
import io.gyre.runtime.host.restart.Restarter;
import io.gyre.runtime.host.restart.Timers;
import io.gyre.runtime.host.secret.Opener;
import io.gyre.runtime.host.secret.VolatileRoot;
import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceSecrets;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RegistryAccess;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All instances of all runtimes: hears events, takes commands, reports.
 *
 * <p>Threads: events come on threads of plugins, commands on the bus's; neither waits here. What is
 * done to an instance is done by its mailbox.
 */
public final class Instances implements SlotListener, PluginSupport {
  private static final Logger log = LoggerFactory.getLogger(Instances.class);
  private static final int REMEMBERED = 10_000;
  private static final int MOST_EARLY = 100;

  private final Reporter reporter;
  private final Restarter restarter;
  private final Commands commands;
  private final LastLines lastLines;
  private final ContentFiles contents;
  private final Refreshing refreshing;
  private final VolumeKeeper volumes;
  private final Map<String, Instance> instances = new ConcurrentHashMap<>();

  /** Being made for the first time: not in any inventory yet. */
  private final Map<InstanceId, InstanceObservation> starting = new ConcurrentHashMap<>();

  /** Ids of what is gone: until a command tells of them again, late events of them mean nothing. */
  private final Set<String> removed = newestOnly(REMEMBERED);

  /** News from before there was anybody to tell them to; also its own lock. */
  private final List<Runnable> early = new ArrayList<>();

  private boolean begun;
  private volatile @Nullable Runtimes runtimes;
  private final Opener opener;
  private final VolatileRoot volatileRoot;
  private volatile @Nullable StateReader store;
  private volatile @Nullable Store database;

  /**
   * @param opener of what is secret
   * @param volatileRoot where runtimes keep it
   */
  public Instances(
      InstanceFiles files,
      ContentFiles contents,
      Timers timers,
      Clock clock,
      RandomGenerator random,
      Opener opener,
      VolatileRoot volatileRoot) {
    this.contents = contents;
    this.opener = opener;
    this.volatileRoot = volatileRoot;
    this.reporter = new Reporter(this::reportEverything);
    this.restarter =
        new Restarter(
            files,
            timers,
            clock,
            random,
            this::startInPlace,
            this::observeAgain,
            Thread::startVirtualThread);
    this.commands = new Commands(this, reporter, restarter, files, contents, timers);
    this.refreshing = new Refreshing(this, contents, reporter, timers);
    this.volumes = new VolumeKeeper(this, reporter, timers);
    this.lastLines = new LastLines(timers, restarter, this::observeAgain);
  }

  private static Set<String> newestOnly(int size) {
    return java.util.Collections.synchronizedSet(
        java.util.Collections.newSetFromMap(
            new LinkedHashMap<>() {
              private static final long serialVersionUID = 1;

              @Override
              protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                return size() > size;
              }
            }));
  }

  /** Before anything else is called. */
  public void attach(Runtimes all) {
    runtimes = all;
  }

  /** From now on commands can be carried out. */
  public void attach(Store opened) {
    database = opened;
    store = opened.read();
    // What was not started for want of its secrets can be now.
    Thread.ofVirtual().name("list").start(this::listAll);
  }

  private void listAll() {
    for (RuntimeSlot slot : runtimes().all()) {
      if (slot.ready()) {
        try {
          slot.list();
        } catch (GyreException e) {
          log.warn("{} can't be listed: {}", slot.name(), e.getMessage());
        }
      }
    }
  }

  /** What is secret of an instance, for a start of it. */
  @Override
  public InstanceSecrets secrets(String instance) throws RuntimeFailure {
    try {
      return openSecrets(instance);
    } catch (GyreException e) {
      throw new RuntimeFailure(
          switch (e.kind()) {
            case INVALID -> RuntimeFailure.Kind.INVALID;
            case NOT_FOUND -> RuntimeFailure.Kind.NOT_FOUND;
            case UNAVAILABLE -> RuntimeFailure.Kind.UNAVAILABLE;
            default -> RuntimeFailure.Kind.ENGINE;
          },
          e.code().replace('.', '_'),
          String.valueOf(e.getMessage()),
          e.hint());
    }
  }

  private InstanceSecrets openSecrets(String instance) {
    InstanceRecord row = store().instance(new InstanceId(instance)).orElse(null);
    if (row == null) {
      return InstanceSecrets.NONE;
    }
    DeploymentSpec spec = Specs.read(store(), row.deployment(), row.revision());
    Store opened = database;
    if (opened == null || !SecretReader.needed(spec)) {
      return InstanceSecrets.NONE;
    }
    String namespace = row.deployment().namespace();
    ContentReader configs = new ContentReader(store(), namespace, spec);
    return opened.secrets(state -> new SecretReader(state, opener, namespace, spec).read(configs));
  }

  /**
   * Before what runs is stopped to be started again: without its secrets it would stay stopped.
   *
   * @throws GyreException what is missing, in words for the instance's reason
   */
  void requireSecrets(InstanceId id) {
    try {
      var _ = openSecrets(id.value());
    } catch (GyreException e) {
      throw new GyreException(
          e.kind(), Message.CommandFailed.POSTPONED, String.valueOf(e.getMessage()), e.hint());
    }
  }

  @Override
  public Path volatileDirectory(String runtime) throws RuntimeFailure {
    return volatileRoot.directory(runtime);
  }

  Runtimes runtimes() {
    Runtimes attached = runtimes;
    if (attached == null) {
      throw new IllegalStateException("no runtimes yet");
    }
    return attached;
  }

  StateReader store() {
    StateReader attached = store;
    if (attached == null) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE, "store.not_ready", "the database is not there yet", null);
    }
    return attached;
  }

  /** Says that the host has started, then everything that is known. */
  public void begin(Reporter.Publisher publisher) {
    Cause cause = Cause.own();
    reporter.begin(publisher);
    reporter.fact(new Message.HostStarted(), cause);
    for (RuntimeInfo info : runtimes().infos()) {
      reporter.fact(new Message.RuntimeChanged(info), cause);
    }
    synchronized (early) {
      begun = true;
      early.forEach(Runnable::run);
      early.clear();
    }
    reporter.fact(new Message.PluginsReported(runtimes().plugins()), cause);
    for (RuntimeSlot slot : runtimes().all()) {
      if (slot.ready()) {
        report(slot, cause);
      }
    }
    Thread.ofVirtual().name("contents").start(this::tidyContents);
    volumes.changed();
  }

  /** At start: sweeps files of instances that are gone, and does what was missed meanwhile. */
  private void tidyContents() {
    boolean allThere = runtimes().all().stream().allMatch(RuntimeSlot::ready);
    for (String id : contents.ids()) {
      try {
        InstanceId instance = new InstanceId(id);
        boolean known =
            store().instance(instance).isPresent() || runtimes().holding(id).isPresent();
        if (known) {
          refresh(instance, Cause.own());
        } else if (allThere) {
          contents.forget(id);
        }
      } catch (RuntimeException e) {
        log.warn("cannot look after the files of {}: {}", id, e.getMessage());
      }
    }
  }

  /** Configs of a deployment have new versions, or may have. */
  public void contentChanged(DeploymentKey deployment, Cause cause) {
    for (RuntimeSlot slot : runtimes().all()) {
      for (InstanceStatus status : slot.inventory().all()) {
        if (status.namespace().equals(deployment.namespace())
            && status.deployment().equals(deployment.name())) {
          refresh(new InstanceId(status.id()), cause);
        }
      }
    }
  }

  void refresh(InstanceId id, Cause cause) {
    post(id, Mailbox.Kind.REFRESH, 0, (one, task) -> refreshing.refresh(id, cause));
  }

  /** A volume is to go, with all that is in it. */
  public void removeVolume(Message.RemoveVolume wish, Cause cause) {
    volumes.remove(wish, cause);
  }

  void volumesChanged() {
    volumes.changed();
  }

  public void close() {
    reporter.close();
  }

  // --- commands

  public void accept(Envelope envelope, Message.Command command) {
    Cause cause = Cause.of(envelope);
    switch (command) {
      case Message.StartInstance start ->
          post(
              start.instance(),
              Mailbox.Kind.START,
              start.generation(),
              (one, task) -> commands.start(one, task, start, cause));
      case Message.RemoveInstance remove ->
          post(
              remove.instance(),
              Mailbox.Kind.REMOVE,
              remove.generation(),
              (one, task) -> commands.remove(one, task, remove, cause));
      case Message.RestartInstance restart ->
          post(
              restart.instance(),
              Mailbox.Kind.RESTART,
              restart.nonce(),
              (one, task) -> commands.restart(one, task, restart, cause));
      case Message.StopInstance stop ->
          post(
              stop.instance(),
              Mailbox.Kind.STOP,
              stop.generation(),
              (one, task) -> commands.stop(one, task, stop, cause));
      case Message.RestartRun restart ->
          post(
              restart.instance(),
              Mailbox.Kind.RESTART_RUN,
              restart.run().toEpochMilli(),
              (one, task) -> commands.restartRun(one, task, restart, cause));
      case Message.ReportInstances report ->
          Thread.ofVirtual().name("report").start(() -> reportAll(cause));
    }
  }

  private interface InstanceWork {
    void run(Instance one, Mailbox.Task task);
  }

  private void post(InstanceId id, Mailbox.Kind kind, long order, InstanceWork work) {
    Instance one = of(id);
    if (kind == Mailbox.Kind.REMOVE || kind == Mailbox.Kind.STOP) {
      restarter.hold(id.value());
    }
    one.mailbox()
        .post(
            new Mailbox.Task(
                kind,
                order,
                task -> {
                  try {
                    work.run(one, task);
                  } catch (RuntimeException | Error e) {
                    log.error("{} of {} failed", kind, id, e);
                  }
                }));
  }

  /** Called by the restarter: an instance ended and is to be started again, at once. */
  private void startInPlace(String id) {
    if (removed.contains(id)) {
      restarter.startAbandoned(id);
      return;
    }
    post(new InstanceId(id), Mailbox.Kind.IN_PLACE, 0, commands::startInPlace);
  }

  Instance of(InstanceId id) {
    return instances.computeIfAbsent(id.value(), unknown -> new Instance(id));
  }

  // --- what runtimes say

  @Override
  public void info(RuntimeInfo info) {
    reporter.fact(new Message.RuntimeChanged(info), Cause.own());
  }

  @Override
  public void plugins(List<PluginInfo> all) {
    reporter.fact(new Message.PluginsReported(all), Cause.own());
  }

  @Override
  public void news(PluginChange change, String message, String correlation) {
    Cause cause = correlation.isEmpty() ? Cause.own() : new Cause(correlation, "");
    Message.PluginChanged fact = new Message.PluginChanged(change, message);
    synchronized (early) {
      if (!begun) {
        if (early.size() < MOST_EARLY) {
          early.add(() -> reporter.fact(fact, cause));
        }
        return;
      }
    }
    reporter.fact(fact, cause);
  }

  @Override
  public void changed(RuntimeSlot slot, InstanceStatus status) {
    if (removed.contains(status.id())) {
      return;
    }
    boolean ended = !slot.has(Capability.SELF_RESTART) && restarter.observed(status);
    observe(slot, status);
    if (ended) {
      lastLines.read(slot, status);
    }
  }

  @Override
  public Optional<RegistryAccess> registryAccess(String id) throws RuntimeFailure {
    Store opened = database;
    return opened == null ? Optional.empty() : new Pullers(opened, opener).find(id);
  }

  @Override
  public void gone(RuntimeSlot slot, String id) {
    Instance one = instances.get(id);
    if (forget(id)) {
      Cause cause = one == null ? Cause.own() : one.cause();
      InstanceId gone = new InstanceId(id);
      reporter.fact(gone, new Message.InstanceGone(gone), cause);
    }
  }

  /** Returns false where it was forgotten before. */
  boolean forget(String id) {
    if (!removed.add(id)) {
      return false;
    }
    restarter.forget(id);
    instances.remove(id);
    runtimes().all().forEach(slot -> volatileRoot.remove(slot.name(), id));
    return true;
  }

  /** A command tells of an instance of this id, whether or not one was removed before. */
  void expect(String id) {
    removed.remove(id);
  }

  @Override
  public void listed(RuntimeSlot slot, List<InstanceStatus> all) {
    report(slot, Cause.own());
    sweepSecrets(slot, all);
    all.forEach(status -> restarter.engineBack(status.id()));
  }

  /** Also what a host that was killed left. */
  private void sweepSecrets(RuntimeSlot slot, List<InstanceStatus> all) {
    if (slot.has(Capability.SECRETS)) {
      Set<String> known = new HashSet<>(instances.keySet());
      starting.keySet().forEach(id -> known.add(id.value()));
      all.forEach(status -> known.add(status.id()));
      volatileRoot.sweep(slot.name(), known);
    }
  }

  // --- what is reported

  /** Reports what the runtime now says of the instance. */
  void observe(RuntimeSlot slot, InstanceStatus status) {
    InstanceObservation observation = observation(slot, status);
    if (observation != null) {
      reporter.observed(
          () -> observation(slot, slot.inventory().find(status.id()).orElse(status)),
          of(observation.id()).causeOf(status));
    }
  }

  /** Something that the host itself knows of the instance has changed. */
  void observeAgain(String id) {
    for (RuntimeSlot slot : runtimes().all()) {
      slot.inventory().find(id).ifPresent(status -> observe(slot, status));
    }
  }

  private @Nullable InstanceObservation observation(RuntimeSlot slot, InstanceStatus status) {
    try {
      InstanceStatus known = slot.has(Capability.SELF_RESTART) ? status : restarter.overlay(status);
      return Observations.of(slot.name(), known);
    } catch (GyreException e) {
      log.warn("{} reports an instance that can't be Gyre's: {}", slot.name(), e.getMessage());
      return null;
    }
  }

  /** Until {@link #startingEnds}, reports show the instance even where its runtime doesn't yet. */
  void startingBegins(InstanceObservation observation) {
    starting.put(observation.id(), observation);
  }

  /** Whether that is what reports show of it now. */
  boolean isStarting(InstanceObservation observation) {
    return observation.equals(starting.get(observation.id()));
  }

  void startingEnds(InstanceId id) {
    starting.remove(id);
  }

  private void reportEverything() {
    Thread.ofVirtual().name("report").start(() -> reportAll(Cause.own()));
  }

  /** The runtimes, too: who asks may have begun to listen only after they were first announced. */
  private void reportAll(Cause cause) {
    for (RuntimeInfo info : runtimes().infos()) {
      reporter.fact(new Message.RuntimeChanged(info), cause);
    }
    reporter.fact(new Message.PluginsReported(runtimes().plugins()), cause);
    for (RuntimeSlot slot : runtimes().all()) {
      if (slot.ready()) {
        try {
          slot.list();
          report(slot, cause);
        } catch (GyreException e) {
          log.warn("no report of {}: {}", slot.name(), e.getMessage());
        }
      }
    }
  }

  private void report(RuntimeSlot slot, Cause cause) {
    reporter.report(slot.name(), () -> observations(slot), cause);
  }

  private List<InstanceObservation> observations(RuntimeSlot slot) {
    Map<InstanceId, InstanceObservation> all = new LinkedHashMap<>();
    starting.values().stream()
        .filter(observation -> observation.runtime().equals(slot.name()))
        .forEach(observation -> all.put(observation.id(), observation));
    for (InstanceStatus status : slot.inventory().all()) {
      InstanceObservation observation = observation(slot, status);
      if (observation != null) {
        all.put(observation.id(), observation);
      }
    }
    return new ArrayList<>(all.values());
  }

  // --- look-ups

  /**
   * The runtime that has the instance.
   *
   * @throws GyreException NOT_FOUND; UNAVAILABLE where its runtime is away; CONFLICT while it is
   *     being made
   */
  public RuntimeSlot locate(InstanceId id) {
    Optional<RuntimeSlot> holding = runtimes().holding(id.value());
    if (holding.isPresent()) {
      return holding.get();
    }
    if (starting.containsKey(id)) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          "instance.starting",
          "instance " + id + " is still being made",
          "try again when it runs: `gyre get instances`");
    }
    recordedRuntime(id).ifPresent(this::requireReady);
    throw GyreException.notFound("instance", id.value(), "see `gyre get instances -A`");
  }

  /** The runtime that the reconciler put the instance on. */
  Optional<String> recordedRuntime(InstanceId id) {
    StateReader reader = store;
    return reader == null ? Optional.empty() : reader.instance(id).map(InstanceRecord::runtime);
  }

  RuntimeSlot requireReady(String runtime) {
    RuntimeSlot slot =
        runtimes()
            .find(runtime)
            .orElseThrow(
                () ->
                    new GyreException(
                        ErrorKind.UNAVAILABLE,
                        "runtime.unknown",
                        "there is no runtime " + runtime,
                        "drop its plugin into the plugins directory; see `gyre get runtimes`"));
    if (!slot.ready()) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "runtime.unavailable",
          "runtime " + runtime + " is not available: " + slot.info().message(),
          "see `gyre get runtimes`");
    }
    return slot;
  }
}
