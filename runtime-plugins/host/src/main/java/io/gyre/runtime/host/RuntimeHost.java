package io.gyre.runtime.host;

import io.gyre.bus.Bus;
import io.gyre.bus.BusConfig;
import io.gyre.component.ComponentContext;
import io.gyre.component.ConfigSetting;
import io.gyre.component.Home;
import io.gyre.model.Component;
import io.gyre.model.GyreException;
import io.gyre.runtime.host.content.ContentFiles;
import io.gyre.runtime.host.instance.Instances;
import io.gyre.runtime.host.plugin.Runtimes;
import io.gyre.runtime.host.plugin.SwapLimits;
import io.gyre.runtime.host.restart.InstanceFiles;
import io.gyre.runtime.host.restart.Timers;
import io.gyre.runtime.host.secret.Opener;
import io.gyre.runtime.host.secret.VolatileRoot;
import io.gyre.runtime.host.stream.Streams;
import io.gyre.runtime.host.usage.Sampler;
import io.gyre.store.Store;
import io.gyre.vault.KeySource;
import io.gyre.vault.Keys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts of the runtime process.
 *
 * <pre>
 * plugins ─▶ (supervising) ─▶ store ─▶ bus ─▶ report ─▶ ready … close: bus, runtimes, store
 * </pre>
 *
 * Workloads are supervised from the first step on, whether or not the store and the bus are there;
 * closing leaves them as they are.
 */
public final class RuntimeHost implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RuntimeHost.class);
  private static final Duration FIRST_ATTEMPTS = Duration.ofSeconds(5);
  private static final Duration LET_GO = Duration.ofMillis(1200);
  private static final Set<String> TRUST = Set.of("runtime.require_signed", "runtime.trusted_keys");
  private static final String METRICS_INTERVAL = "runtime.metrics_interval";
  private static final long RETRY_MS = 200;
  private static final long SLOW_RETRY_MS = 2000;

  private final ComponentContext context;
  private final Timers.OneThread timers;
  private final Instances instances;
  private final Runtimes runtimes;
  private final Streams streams;
  private final BusMessages messages;
  private final Sampler sampler;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final ReentrantLock connecting = new ReentrantLock();
  private @Nullable Store store;
  private @Nullable Bus bus;

  private RuntimeHost(ComponentContext context, @Nullable Path shippedPlugins, SwapLimits limits) {
    Home home = context.home();
    this.context = context;
    this.timers = new Timers.OneThread();
    this.instances =
        new Instances(
            new InstanceFiles(home.runtimeState("host")),
            new ContentFiles(home.runtimeState("host").resolve("content")),
            timers,
            context.clock(),
            new Random(),
            new Opener(
                new Keys(
                    () -> KeySource.of(context.config().secrets().kek()),
                    home.keys(),
                    System.getenv(),
                    false)),
            new VolatileRoot(home.hostId(), home.root(), System.getenv()));
    this.runtimes =
        new Runtimes(
            home,
            shippedPlugins,
            () -> context.config().runtime(),
            instances,
            instances,
            limits,
            context.clock());
    this.streams = new Streams(home.sockets(), instances::locate);
    this.messages = new BusMessages(instances, streams, runtimes, context.clock());
    this.sampler =
        new Sampler(
            timers,
            runtimes::all,
            () -> context.config().runtime().metricsInterval(),
            context.clock());
    instances.attach(runtimes);
  }

  /** Starts with the plugins of the distribution at {@code GYRE_DIST} and those of the user. */
  static RuntimeHost launch(ComponentContext context) {
    String distribution = System.getProperty("gyre.dist", System.getenv("GYRE_DIST"));
    return launch(context, distribution == null ? null : Path.of(distribution).resolve("plugins"));
  }

  /** Returns once all plugins are loaded; the rest goes on by itself. */
  static RuntimeHost launch(ComponentContext context, @Nullable Path shippedPlugins) {
    return launch(context, shippedPlugins, SwapLimits.DEFAULT);
  }

  static RuntimeHost launch(
      ComponentContext context, @Nullable Path shippedPlugins, SwapLimits limits) {
    RuntimeHost host = new RuntimeHost(context, shippedPlugins, limits);
    host.runtimes.start();
    context.live().onReading(reading -> host.configRead(reading.changes()));
    Thread.ofPlatform().daemon().name("connect").start(host::connect);
    return host;
  }

  private void configRead(List<ConfigSetting.Change> changes) {
    if (changes.stream().anyMatch(change -> TRUST.contains(change.setting().key()))) {
      runtimes.trustChanged();
    }
    if (changes.stream().anyMatch(change -> change.setting().key().equals(METRICS_INTERVAL))) {
      sampler.intervalChanged();
    }
  }

  private void connect() {
    try {
      long end = System.nanoTime() + FIRST_ATTEMPTS.toNanos();
      Store opened = awaitStore();
      if (opened == null) {
        return;
      }
      runtimes.awaitFirstAttempts(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
      while (!openBus()) {
        if (closing.await(SLOW_RETRY_MS, TimeUnit.MILLISECONDS)) {
          return;
        }
      }
      context.readiness().watch("bus", Objects.requireNonNull(bus)::execute);
      context.readiness().watch("timers", beat -> timers.after(Duration.ZERO, beat));
      context.readiness().ready("");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private @Nullable Store awaitStore() throws InterruptedException {
    String waiting = "";
    while (true) {
      long pause = RETRY_MS;
      connecting.lock();
      try {
        if (closing.getCount() == 0) {
          return null;
        }
        Store opened = Store.open(context.home().database(), Component.RUNTIME, context.clock());
        store = opened;
        instances.attach(opened);
        return opened;
      } catch (GyreException e) {
        String reason = String.valueOf(e.getMessage());
        if (!e.code().equals("store.not_ready")) {
          pause = SLOW_RETRY_MS;
        }
        if (!reason.equals(waiting)) {
          waiting = reason;
          context.readiness().waiting("the database: " + reason);
        }
      } finally {
        connecting.unlock();
      }
      if (closing.await(pause, TimeUnit.MILLISECONDS)) {
        return null;
      }
    }
  }

  /** Returns false where it has to be tried again. */
  private boolean openBus() {
    connecting.lock();
    try {
      if (closing.getCount() == 0) {
        return true;
      }
      Home home = context.home();
      Bus opened =
          Bus.open(
              new BusConfig(
                  home.bus(),
                  home.sockets(),
                  Component.RUNTIME,
                  context.epoch(),
                  Set.of(Component.API, Component.RECONCILER),
                  BusConfig.DEFAULT_FREE_SPACE_GUARD_BYTES,
                  context.clock()));
      bus = opened;
      // Reads first, for whoever hears of the start may answer at once.
      opened.start(messages);
      instances.begin(
          (message, cause) -> opened.publish(message, cause.correlation(), cause.message()));
      messages.begin();
      sampler.begin(message -> opened.publish(message, "", ""));
      return true;
    } catch (GyreException e) {
      log.error("the bus cannot be opened: {}", e.getMessage());
      context.readiness().waiting("the bus: " + e.getMessage());
      Bus half = bus;
      bus = null;
      if (half != null) {
        half.close();
      }
      return false;
    } finally {
      connecting.unlock();
    }
  }

  /** Takes no more commands, lets go of the runtimes; workloads are not touched. */
  @Override
  public void close() {
    closing.countDown();
    messages.close();
    sampler.close();
    streams.close();
    timers.close();
    // First, so that what fails because of the closing isn't reported as a failure.
    instances.close();
    Thread letGo = Thread.ofVirtual().name("close runtimes").start(runtimes::close);
    boolean locked = false;
    try {
      locked = connecting.tryLock(200, TimeUnit.MILLISECONDS);
      Bus open = bus;
      if (open != null) {
        open.close();
      }
      Store reading = store;
      if (reading != null) {
        reading.close();
      }
      letGo.join(LET_GO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (locked) {
        connecting.unlock();
      }
    }
  }
}
