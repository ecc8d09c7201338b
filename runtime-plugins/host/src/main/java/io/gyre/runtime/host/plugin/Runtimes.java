package io.gyre.runtime.host.plugin;

import io.gyre.component.Home;
import io.gyre.model.RuntimeInfo;
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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All runtimes, from the jars of the distribution and those that the user dropped in. A jar of the
 * user's takes the place of a shipped one of the same runtime name. A jar that can't be used is
 * reported as rejected and stops no other.
 */
public final class Runtimes implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Runtimes.class);

  private final Home home;
  private final @Nullable Path shipped;
  private final Map<String, Map<String, String>> settings;
  private final SlotListener listener;
  private final Clock clock;
  private final Path copies;
  private final Map<String, RuntimeSlot> slots = new ConcurrentHashMap<>();
  private final Map<String, RuntimeInfo> rejected = new ConcurrentHashMap<>();
  private @Nullable JarWatcher watcher;

  public Runtimes(
      Home home,
      @Nullable Path shipped,
      Map<String, Map<String, String>> settings,
      SlotListener listener,
      Clock clock) {
    this.home = home;
    this.shipped = shipped;
    this.settings = settings;
    this.listener = listener;
    this.clock = clock;
    this.copies = home.root().resolve("runtimes").resolve(".plugins");
  }

  /** Loads all jars, begins to connect their runtimes, and watches for more. */
  public void start() {
    // Cached jar files would keep replaced plugins open.
    URLConnection.setDefaultUseCaches("jar", false);
    makeDirectory(copies);
    List<Path> users = jars(home.plugins());
    JarWatcher watching = new JarWatcher(home.plugins(), this::dropped);
    watcher = watching;
    for (Path jar : users) {
      first(jar, true);
    }
    if (shipped != null) {
      for (Path jar : jars(shipped)) {
        first(jar, false);
      }
    }
    sweepCopies();
    slots.values().forEach(RuntimeSlot::start);
    watching.start();
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

  /** Of the runtimes and of the rejected jars. */
  public List<RuntimeInfo> infos() {
    List<RuntimeInfo> infos = new ArrayList<>();
    slots.values().forEach(slot -> infos.add(slot.info()));
    infos.addAll(rejected.values());
    return infos;
  }

  private void first(Path path, boolean users) {
    try {
      PluginJar jar = PluginJar.copy(path, copies);
      for (RuntimeSlot slot : slots.values()) {
        if (!users && slot.jar().id().equals(jar.id())) {
          log.info("{} stands in for {}", slot.jar().source(), path);
          return;
        }
      }
      PluginGeneration generation = PluginGeneration.load(jar);
      String name = generation.description().name();
      RuntimeSlot taken = slots.get(name);
      if (taken == null) {
        slots.put(name, slot(generation));
        log.info("loaded runtime {} {} from {}", name, jar.version(), path);
        return;
      }
      retire(generation);
      if (users) {
        throw new PluginRejected(
            "runtime " + name + " is already provided by " + taken.jar().source());
      }
      log.info("{} stands in for {}", taken.jar().source(), path);
    } catch (PluginRejected e) {
      reject(path, e.reason());
    }
  }

  private RuntimeSlot slot(PluginGeneration generation) {
    String name = generation.description().name();
    Path state = home.runtimeState(name);
    makeDirectory(state);
    return new RuntimeSlot(
        generation, state, settings.getOrDefault(name, Map.of()), home.hostId(), listener, clock);
  }

  /**
   * A jar in the user's directory is new or changed; called by one thread.
   *
   * @return whether to look again soon since it isn't complete yet
   */
  private boolean dropped(Path path, boolean last) {
    PluginGeneration generation = null;
    try {
      PluginJar jar = PluginJar.copy(path, copies);
      for (RuntimeSlot slot : slots.values()) {
        if (slot.jar().sha256().equals(jar.sha256())) {
          rejected.remove(path.getFileName().toString());
          return false;
        }
      }
      generation = PluginGeneration.load(jar);
      String name = generation.description().name();
      RuntimeSlot serving = slots.get(name);
      if (serving == null) {
        RuntimeSlot slot = slot(generation);
        slots.put(name, slot);
        log.info("loaded runtime {} {} from {}", name, jar.version(), path);
        slot.start();
      } else {
        serving.replace(generation);
      }
      rejected.remove(path.getFileName().toString());
    } catch (PluginRejected e) {
      if (e.incomplete() && !last) {
        return true;
      }
      if (Files.exists(path)) {
        reject(path, e.reason());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return false;
  }

  private static void retire(PluginGeneration generation) {
    try {
      generation.retire(Duration.ZERO);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Named by its file, which is no runtime's name, so that it hides none. */
  private void reject(Path path, String reason) {
    String name = path.getFileName().toString();
    String message = "rejected: " + reason;
    log.warn("{}: {}", path, message);
    RuntimeInfo info =
        new RuntimeInfo(
            name,
            "",
            RuntimeInfo.State.REJECTED,
            message,
            Set.of(),
            path.toString(),
            clock.instant());
    RuntimeInfo before = rejected.put(name, info);
    if (before == null || !message.equals(before.message())) {
      listener.info(info);
    }
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

  private void sweepCopies() {
    Set<Path> used = new HashSet<>();
    slots.values().forEach(slot -> used.add(slot.jar().copy()));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(copies)) {
      for (Path file : files) {
        if (!used.contains(file)) {
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
}
