package io.gyre.component;

import static java.nio.file.StandardWatchEventKinds.ENTRY_CREATE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_DELETE;
import static java.nio.file.StandardWatchEventKinds.ENTRY_MODIFY;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that a file has become another: edited, replaced, made, removed, or behind a symbolic
 * link that was turned. A thread of its own blocks in the kernel until something happens in one of
 * the directories that the file is found through.
 */
final class ConfigWatch {
  private static final Logger log = LoggerFactory.getLogger(ConfigWatch.class);

  /** Who writes a file in place first empties it: it is read once it has been still for a while. */
  private static final long STILL_MS = 150;

  private static final long EMPTY_STILL_MS = 1000;
  private static final int MAX_LINKS = 40;

  private final Path file;
  private final Runnable changed;
  private final WatchService service;
  private final Map<Path, WatchKey> keys = new LinkedHashMap<>();

  /** Directory to the names in it that matter. */
  private final Map<Path, Set<Path>> names = new LinkedHashMap<>();

  private ConfigWatch(Path file, Runnable changed, WatchService service) {
    this.file = file;
    this.changed = changed;
    this.service = service;
  }

  /** Calls on its thread until it is closed; no call is under way once that has returned. */
  static Watching start(Path file, Runnable changed) {
    try {
      ConfigWatch watch = new ConfigWatch(file, changed, file.getFileSystem().newWatchService());
      watch.register();
      Thread thread = Thread.ofPlatform().daemon().name("config").start(watch::run);
      return () -> watch.end(thread);
    } catch (IOException e) {
      log.warn("{} is not watched; SIGHUP makes it be read again: {}", file, e.toString());
      return () -> {};
    }
  }

  interface Watching extends AutoCloseable {
    @Override
    void close();
  }

  private void end(Thread thread) {
    try {
      service.close();
      thread.join(1_000);
    } catch (IOException e) {
      log.debug("not closed: {}", e.toString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      while (true) {
        boolean ours = matters(service.take());
        // Events of the meantime, and of directories that are new on the way, belong to it.
        if (ours) {
          settle();
          register();
          changed.run();
        }
      }
    } catch (InterruptedException | ClosedWatchServiceException e) {
      log.debug("no more watching");
    } catch (IOException | RuntimeException e) {
      log.warn("{} is watched no more; SIGHUP makes it be read again", file, e);
    }
  }

  private void settle() throws InterruptedException {
    while (true) {
      long still = isEmpty() ? EMPTY_STILL_MS : STILL_MS;
      @Nullable WatchKey key = service.poll(still, TimeUnit.MILLISECONDS);
      if (key == null) {
        return;
      }
      var _ = matters(key);
    }
  }

  private boolean isEmpty() {
    try {
      return !Files.exists(file) || Files.size(file) == 0;
    } catch (IOException e) {
      return true;
    }
  }

  private boolean matters(WatchKey key) {
    boolean matters = false;
    Set<Path> wanted = names.getOrDefault((Path) key.watchable(), Set.of());
    for (WatchEvent<?> event : key.pollEvents()) {
      matters |= !(event.context() instanceof Path name) || wanted.contains(name);
    }
    // A directory that is gone comes back as an event of the one above it.
    boolean gone = !key.reset();
    return matters || gone;
  }

  private void register() throws IOException {
    names.clear();
    Path at = file;
    for (int i = 0; i < MAX_LINKS; i++) {
      along(at);
      if (!Files.isSymbolicLink(at)) {
        break;
      }
      at = at.resolveSibling(Files.readSymbolicLink(at)).normalize();
    }
    for (Map.Entry<Path, WatchKey> old : Map.copyOf(keys).entrySet()) {
      if (!names.containsKey(old.getKey()) || !old.getValue().isValid()) {
        old.getValue().cancel();
        keys.remove(old.getKey());
      }
    }
    for (Path directory : names.keySet()) {
      if (!keys.containsKey(directory)) {
        keys.put(directory, directory.register(service, ENTRY_CREATE, ENTRY_MODIFY, ENTRY_DELETE));
      }
    }
  }

  /** Its directory, or the nearest that there is above it; links of directories too. */
  private void along(Path path) throws IOException {
    Path name = path;
    Path directory = path.getParent();
    while (directory != null && !Files.isDirectory(directory)) {
      name = directory;
      directory = directory.getParent();
    }
    if (directory == null) {
      return;
    }
    watch(directory, name);
    for (Path above = directory; above != null; above = above.getParent()) {
      if (Files.isSymbolicLink(above) && above.getParent() != null) {
        watch(above.getParent(), above);
      }
    }
  }

  /** By its real path, for a key stays with the directory and not with a link to it. */
  private void watch(Path directory, Path name) throws IOException {
    Path file = name.getFileName();
    if (file != null) {
      names.computeIfAbsent(directory.toRealPath(), d -> new LinkedHashSet<>()).add(file);
    }
  }
}
