package io.gyre.runtime.host.plugin;

import io.gyre.model.ErrorKind;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.model.RuntimeInfo;
import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RuntimeDescription;
import io.gyre.runtime.spi.RuntimeEvent;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place of one runtime name; calls go to the generation of its plugin that serves now.
 *
 * <pre>
 *              open, list                   engine away
 *  UNAVAILABLE ───────────▶ READY ◀──────────────────────▶ UNAVAILABLE
 *     │  ▲ again after 1 s … 15 s
 *     └──┘
 * </pre>
 *
 * A replacement is opened beside the serving generation and must see every instance of it; then it
 * serves, and the old one is drained, closed and unloaded. Any failure before that changes nothing.
 */
public final class RuntimeSlot {
  private static final Logger log = LoggerFactory.getLogger(RuntimeSlot.class);
  private static final Duration SUBSCRIBE = Duration.ofSeconds(10);
  private static final Duration FIRST_RETRY = Duration.ofSeconds(1);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(15);

  private final SwapLimits limits;
  private final LoaderWatch loaders;
  private final Path stateDirectory;
  private final Map<String, String> settings;
  private final String hostId;
  private final PluginSupport support;
  private final SlotListener listener;
  private final Clock clock;
  private final Inventory inventory = new Inventory();
  private final CountDownLatch opened = new CountDownLatch(1);
  private final CountDownLatch closing = new CountDownLatch(1);

  /** Held while connecting, listing and replacing; never while a command is carried out. */
  private final ReentrantLock connecting = new ReentrantLock();

  private volatile PluginGeneration current;
  private volatile RuntimeInfo info;

  RuntimeSlot(
      PluginGeneration first,
      SwapLimits limits,
      LoaderWatch loaders,
      Path stateDirectory,
      Map<String, String> settings,
      String hostId,
      PluginSupport support,
      SlotListener listener,
      Clock clock) {
    this.current = first;
    this.limits = limits;
    this.loaders = loaders;
    this.stateDirectory = stateDirectory;
    this.settings = settings;
    this.hostId = hostId;
    this.support = support;
    this.listener = listener;
    this.clock = clock;
    this.info = describe(first, RuntimeInfo.State.UNAVAILABLE, "connecting");
  }

  public String name() {
    return current.description().name();
  }

  public RuntimeInfo info() {
    return info;
  }

  public boolean ready() {
    return info.state() == RuntimeInfo.State.READY;
  }

  public boolean has(Capability capability) {
    return current.description().capabilities().contains(capability);
  }

  public Inventory inventory() {
    return inventory;
  }

  PluginJar jar() {
    return current.jar();
  }

  /** Begins to connect, and goes on trying until it is closed. */
  void start() {
    Thread.ofVirtual().name("open " + name()).start(() -> connect(true));
  }

  /** Waits until the first attempt to connect has ended, well or not. */
  boolean awaitFirstAttempt(Duration limit) throws InterruptedException {
    return opened.await(limit.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Calls the runtime. Where the plugin was replaced meanwhile and the old generation let go of the
   * call, it is made again with the new one, which is why every call is idempotent.
   *
   * @throws GyreException for whatever went wrong
   */
  public <T> T call(String what, Duration deadline, PluginCall<T> call) {
    PluginGeneration used = current;
    try {
      return used.call(what, deadline, call);
    } catch (GyreException e) {
      PluginGeneration now = current;
      if (now == used || e.kind() != ErrorKind.UNAVAILABLE) {
        throw e;
      }
      return now.call(what, deadline, call);
    }
  }

  /** As {@link #call}, for a status that then goes into the inventory. */
  public InstanceStatus callForStatus(
      String what, Duration deadline, PluginCall<InstanceStatus> call) {
    long mark = inventory.mark();
    InstanceStatus answer = call(what, deadline, call);
    inventory.answered(mark, answer);
    return inventory.find(answer.id()).orElse(answer);
  }

  /** As {@link #callForStatus} where the plugin may not have the instance. */
  public Optional<InstanceStatus> callForStatusIfAny(
      String what, Duration deadline, PluginCall<Optional<InstanceStatus>> call) {
    long mark = inventory.mark();
    Optional<InstanceStatus> answer = call(what, deadline, call);
    answer.ifPresent(status -> inventory.answered(mark, status));
    return answer.map(status -> inventory.find(status.id()).orElse(status));
  }

  /**
   * Runs what may last on the calling thread, a virtual thread of its own; without a deadline. The
   * plugin that it began with goes on with it where that is replaced, for a limited time.
   *
   * @throws GyreException for whatever went wrong; {@code runtime.replaced} where the time was up
   */
  public void stream(String what, StreamCall call) {
    PluginGeneration used = current;
    AtomicBoolean begun = new AtomicBoolean();
    StreamCall noted =
        (runtime, replaced) -> {
          begun.set(true);
          call.run(runtime, replaced);
        };
    try {
      used.stream(what, noted);
    } catch (GyreException e) {
      PluginGeneration now = current;
      if (now != used && !begun.get()) {
        now.stream(what, noted);
      } else if (used.replaced()
          && e.kind() != ErrorKind.INVALID
          && e.kind() != ErrorKind.NOT_FOUND) {
        throw ended(what, now);
      } else {
        throw e;
      }
    }
  }

  private GyreException ended(String what, PluginGeneration by) {
    return new GyreException(
        ErrorKind.UNAVAILABLE,
        "runtime.replaced",
        what
            + " was ended: the plugin of runtime "
            + name()
            + " was replaced by version "
            + by.jar().version()
            + " meanwhile, and what ran had "
            + limits.drain().toSeconds()
            + " s to end",
        "the instance goes on; run it again");
  }

  /** Takes it that the instance was removed. */
  public void removed(String id) {
    inventory.gone(id);
  }

  private void connect(boolean reopen) {
    Duration wait = FIRST_RETRY;
    while (!isClosing()) {
      try {
        connecting.lock();
        try {
          if (reopen && !current.opened()) {
            current.open(stateDirectory, settings, hostId, support);
            subscribe(current);
          }
          list();
        } finally {
          connecting.unlock();
        }
        inform(RuntimeInfo.State.READY, null);
        opened.countDown();
        listener.listed(this, inventory.all());
        return;
      } catch (GyreException e) {
        log.info("{} is not available: {}", name(), e.getMessage());
        inform(RuntimeInfo.State.UNAVAILABLE, e.getMessage());
        opened.countDown();
      }
      try {
        if (closing.await(wait.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      wait = wait.multipliedBy(2);
      wait = wait.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : wait;
    }
  }

  /**
   * Lists all instances and reports what had not been known.
   *
   * @throws GyreException where the runtime doesn't answer
   */
  public List<InstanceStatus> list() {
    long mark = inventory.beginList();
    List<InstanceStatus> listed;
    try {
      listed = call("list", limits.list(), runtime -> List.copyOf(runtime.list()));
    } catch (GyreException e) {
      inventory.abandonList();
      throw e;
    }
    Inventory.Differences differences = inventory.finishList(mark, listed);
    differences.gone().forEach(id -> listener.gone(this, id));
    differences.changed().forEach(status -> listener.changed(this, status));
    return inventory.all();
  }

  private void subscribe(PluginGeneration generation) {
    generation.call("subscribe", SUBSCRIBE, runtime -> subscribe(generation, runtime));
  }

  private Boolean subscribe(PluginGeneration generation, WorkloadRuntime runtime) {
    generation.subscription(
        runtime.subscribe(
            event -> {
              if (current == generation && !isClosing()) {
                event(event);
              }
            }));
    return true;
  }

  private void event(RuntimeEvent event) {
    try {
      switch (event) {
        case RuntimeEvent.Changed changed -> {
          inventory.changed(changed.status());
          listener.changed(this, changed.status());
        }
        case RuntimeEvent.Gone gone -> {
          inventory.gone(gone.id());
          listener.gone(this, gone.id());
        }
        case RuntimeEvent.Availability availability -> {
          if (availability.available()) {
            Thread.ofVirtual().name("list " + name()).start(() -> connect(false));
          } else {
            inform(RuntimeInfo.State.UNAVAILABLE, availability.message());
          }
        }
      }
    } catch (RuntimeException e) {
      log.warn("{}: an event was not handled: {}", name(), event, e);
    }
  }

  /**
   * Puts another generation in the place of the serving one.
   *
   * @throws PluginRejected where it can't; nothing has changed then and {@code next} is unloaded
   */
  void replace(PluginGeneration next) throws PluginRejected, InterruptedException {
    connecting.lock();
    try {
      PluginGeneration old = current;
      prepare(old, next);
      current = next;
      old.markReplaced();
      log.info("{} is now served by {} from {}", name(), next.jar().text(), next.jar().source());
      Thread.ofVirtual().name("retire " + name()).start(() -> retire(old));
      inform(info.state(), info.message());
    } finally {
      connecting.unlock();
    }
    // Catches what changed between the two generations' subscriptions.
    Thread.ofVirtual().name("list " + name()).start(() -> connect(true));
  }

  private void prepare(PluginGeneration old, PluginGeneration next)
      throws PluginRejected, InterruptedException {
    boolean serving = old.opened();
    try {
      next.open(stateDirectory, settings, hostId, support);
      subscribe(next);
      Failpoints.hit("host.swap.opened");
      requireAll(serving ? old : null, next);
      Failpoints.hit("host.swap.before_flip");
    } catch (GyreException e) {
      discard(next);
      boolean later = e.kind() == ErrorKind.UNAVAILABLE || e.kind() == ErrorKind.TIMEOUT;
      throw new PluginRejected(
          "its self-test failed"
              + (serving ? ", " + old.description().version() + " goes on serving" : "")
              + ": "
              + e.getMessage(),
          later ? PluginRejected.Again.WHEN_READY : PluginRejected.Again.NEVER);
    } catch (PluginRejected e) {
      discard(next);
      throw e;
    }
  }

  private void discard(PluginGeneration next) throws InterruptedException {
    next.retire(Duration.ZERO);
    loaders.unloaded(next.jar(), next.loader());
  }

  /**
   * @param old null where none is connected: then what was known last counts
   */
  private void requireAll(@Nullable PluginGeneration old, PluginGeneration next)
      throws PluginRejected {
    Set<String> missing = Set.of();
    for (int attempt = 0; attempt < 3; attempt++) {
      missing = new TreeSet<>(old == null ? known() : ids(old));
      missing.removeAll(new HashSet<>(ids(next)));
      if (missing.isEmpty()) {
        return;
      }
    }
    throw new PluginRejected(
        "it does not see the instances " + missing + " of the version that serves");
  }

  private List<String> known() {
    return inventory.all().stream().map(InstanceStatus::id).toList();
  }

  private List<String> ids(PluginGeneration generation) {
    return generation.call(
        "list", limits.list(), runtime -> runtime.list().stream().map(InstanceStatus::id).toList());
  }

  private void retire(PluginGeneration old) {
    try {
      try {
        Failpoints.hit("host.swap.before_unload");
      } catch (GyreException e) {
        log.warn("{}", e.getMessage());
      }
      old.retire(limits.drain());
      loaders.unloaded(old.jar(), old.loader());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void close(boolean handOver) {
    closing.countDown();
    current.close(handOver);
  }

  private boolean isClosing() {
    return closing.getCount() == 0;
  }

  private void inform(RuntimeInfo.State state, @Nullable String message) {
    RuntimeInfo next = describe(current, state, message);
    RuntimeInfo before = info;
    boolean same =
        before.state() == state
            && java.util.Objects.equals(before.message(), message)
            && before.version().equals(next.version())
            && before.source().equals(next.source());
    if (!same) {
      info = next;
      listener.info(next);
    }
  }

  private RuntimeInfo describe(
      PluginGeneration generation, RuntimeInfo.State state, @Nullable String message) {
    RuntimeDescription description = generation.description();
    Set<String> capabilities = new TreeSet<>();
    for (Capability capability : description.capabilities()) {
      capabilities.add(capability.name());
    }
    return new RuntimeInfo(
        description.name(),
        description.version(),
        state,
        message,
        capabilities,
        generation.jar().source().toString(),
        clock.instant());
  }
}
