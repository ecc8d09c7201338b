package io.gyre.runtime.host.plugin;

import io.gyre.component.GyreConfig;
import io.gyre.component.Home;
import io.gyre.model.PluginChange;
import io.gyre.model.PluginInfo;
import io.gyre.model.RuntimeInfo;
import io.gyre.runtime.spi.InstanceStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLConnection;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All runtimes, from the jars of the distribution and those that the user dropped in. A jar of the
 * user's takes the place of a shipped one of the same runtime name. A jar that can't be used is
 * reported as rejected and stops no other.
 *
 * <pre>
 * runtimes/.plugins/SHA256.jar       private copies of what serves and served
 * runtimes/.plugins/SHA256.jar.sig   their signatures
 * runtimes/.plugins/history          see {@link PluginHistory}
 * </pre>
 */
public final class Runtimes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Runtimes.class);
  private static final Duration CONNECTED = Duration.ofSeconds(10);

  private final Home home;
  private final @Nullable Path shipped;
  private final Supplier<GyreConfig.Runtimes> config;
  private final SlotListener listener;
  private final PluginSupport support;
  private final SwapLimits limits;
  private final Clock clock;
  private final Path copies;
  private final LoaderWatch loaders;
  private final Map<String, RuntimeSlot> slots = new ConcurrentHashMap<>();
  private volatile @Nullable Swaps swaps;
  private @Nullable JarWatcher watcher;

  /**
   * Without anything secret.
   *
   * @param config asked whenever it matters
   */
  public Runtimes(
      Home home,
      @Nullable Path shipped,
      Supplier<GyreConfig.Runtimes> config,
      SlotListener listener,
      SwapLimits limits,
      Clock clock) {
    this(home, shipped, config, listener, PluginSupport.NONE, limits, clock);
  }

  public Runtimes(
      Home home,
      @Nullable Path shipped,
      Supplier<GyreConfig.Runtimes> config,
      SlotListener listener,
      PluginSupport support,
      SwapLimits limits,
      Clock clock) {
    this.support = support;
    this.home = home;
    this.shipped = shipped;
    this.config = config;
    this.listener = new Attentive(listener);
    this.limits = limits;
    this.clock = clock;
    this.copies = home.root().resolve("runtimes").resolve(".plugins");
    this.loaders = new LoaderWatch(limits.collect());
  }

  /** Loads all jars, begins to connect their runtimes, and watches for more. */
  public void start() {
    // Cached jar files would keep replaced plugins open.
    URLConnection.setDefaultUseCaches("jar", false);
    makeDirectory(copies);
    PluginHistory known = PluginHistory.load(copies.resolve("history"));
    PluginRows rows = new PluginRows(known, clock);
    PluginIntake intake =
        new PluginIntake(copies, () -> PluginTrust.of(config.get(), home.configFile()));
    Swaps changes = new Swaps(slots, intake, known, rows, limits, loaders, listener, this::slot);
    swaps = changes;
    List<Path> later;
    changes.changing().lock();
    try {
      JarWatcher watching = new JarWatcher(home.plugins(), changes::look);
      watcher = watching;
      later =
          new FirstPlugins(slots, intake, known, rows, limits, changes, this::slot)
              .load(jars(home.plugins()), shipped == null ? List.of() : jars(shipped));
      changes.publish();
      sweepCopies(known);
      slots.values().forEach(RuntimeSlot::start);
      watching.start();
    } finally {
      changes.changing().unlock();
    }
    if (!later.isEmpty()) {
      Thread.ofVirtual().name("first-swaps").start(() -> swapIn(later, changes));
    }
  }

  private void swapIn(List<Path> files, Swaps changes) {
    try {
      awaitFirstAttempts(CONNECTED);
      files.forEach(file -> changes.look(file, true));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until each runtime was tried once, at most that long. */
  public void awaitFirstAttempts(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    for (RuntimeSlot slot : slots.values()) {
      slot.awaitFirstAttempt(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
    }
  }

  public Optional<RuntimeSlot> find(String name) {
    return Optional.ofNullable(slots.get(name));
  }

  public Collection<RuntimeSlot> all() {
    return List.copyOf(slots.values());
  }

  /** The runtime that has the instance. */
  public Optional<RuntimeSlot> holding(String instance) {
    return all().stream().filter(slot -> slot.inventory().find(instance).isPresent()).findFirst();
  }

  public List<RuntimeInfo> infos() {
    return slots.values().stream().map(RuntimeSlot::info).toList();
  }

  /** Of all plugin jars. */
  public List<PluginInfo> plugins() {
    Swaps started = swaps;
    return started == null ? List.of() : started.infos();
  }

  /**
   * Brings back what served the runtime before; what came of it is told as news.
   *
   * @param from digest of what must serve now
   * @param actor who asks
   */
  public void rollBack(String runtime, String from, String actor, String correlation) {
    Swaps started = swaps;
    if (started != null) {
      Thread.ofVirtual()
          .name("roll back " + runtime)
          .start(() -> started.rollBack(runtime, from, actor, correlation));
    }
  }

  /** Whose plugins may be loaded has changed: looks again at all in the user's directory. */
  public void trustChanged() {
    Swaps started = swaps;
    if (started != null) {
      Thread.ofVirtual()
          .name("look at plugins")
          .start(() -> jars(home.plugins()).forEach(file -> started.look(file, true)));
    }
  }

  private RuntimeSlot slot(PluginGeneration generation) {
    String name = generation.description().name();
    Path state = home.runtimeState(name);
    makeDirectory(state);
    return new RuntimeSlot(
        generation,
        limits,
        loaders,
        state,
        config.get().settings().getOrDefault(name, Map.of()),
        home.hostId(),
        support,
        listener,
        clock);
  }

  private static List<Path> jars(Path directory) {
    List<Path> jars = new ArrayList<>();
    if (Files.isDirectory(directory)) {
      try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, JarWatcher::isJar)) {
        files.forEach(jars::add);
      } catch (IOException e) {
        log.warn("cannot list {}: {}", directory, e.toString());
      }
    }
    jars.sort(null);
    return jars;
  }

  private void sweepCopies(PluginHistory known) {
    Set<String> used = known.digests();
    slots.values().forEach(slot -> used.add(slot.jar().sha256()));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(copies)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        String digest = name.substring(0, Math.max(0, name.indexOf('.')));
        if (!used.contains(digest) && !name.equals("history")) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      log.warn("cannot tidy {}: {}", copies, e.toString());
    }
  }

  private static void makeDirectory(Path directory) {
    try {
      Files.createDirectories(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make " + directory, e);
    }
  }

  /** Closes all runtimes at once; workloads go on. */
  @Override
  public void close() {
    JarWatcher watching = watcher;
    if (watching != null) {
      watching.close();
    }
    Map<String, Thread> closing = new HashMap<>();
    slots.forEach(
        (name, slot) ->
            closing.put(
                name, Thread.ofVirtual().name("close " + name).start(() -> slot.close(true))));
    for (Thread thread : closing.values()) {
      try {
        thread.join(Duration.ofMillis(1100));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** Passes all on, and looks at jars again that could not be tried while a runtime was away. */
  private final class Attentive implements SlotListener {
    private final SlotListener next;

    Attentive(SlotListener next) {
      this.next = next;
    }

    @Override
    public void info(RuntimeInfo info) {
      next.info(info);
      Swaps started = swaps;
      if (started != null && info.state() == RuntimeInfo.State.READY) {
        Thread.ofVirtual().name("look again").start(started::lookAgain);
      }
    }

    @Override
    public void plugins(List<PluginInfo> all) {
      next.plugins(all);
    }

    @Override
    public void news(PluginChange change, String message, String correlation) {
      next.news(change, message, correlation);
    }

    @Override
    public void changed(RuntimeSlot slot, InstanceStatus status) {
      next.changed(slot, status);
    }

    @Override
    public void gone(RuntimeSlot slot, String id) {
      next.gone(slot, id);
    }

    @Override
    public void listed(RuntimeSlot slot, List<InstanceStatus> all) {
      next.listed(slot, all);
    }
  }
}
