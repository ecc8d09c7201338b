package io.gyre.runtime.host.plugin;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches a directory for jars and their signatures, best renamed into place. One that isn't
 * complete is looked at again when it changes, and once more after it has been quiet for a while.
 */
final class JarWatcher implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(JarWatcher.class);
  private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LAST_LOOK_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final String SIGNATURE = ".sig";

  interface Handler {
    /**
     * The jar or its signature has come, changed or gone.
     *
     * @param last whether an incomplete jar is to be taken as it is
     * @return whether it is incomplete
     */
    boolean changed(Path jar, boolean last);
  }

  /**
   * @param due by {@link System#nanoTime}
   */
  private record Look(long due, boolean last) {}

  private final Path directory;
  private final Handler handler;
  private final @Nullable WatchService watch;
  private final Map<Path, Look> looks = new HashMap<>();

  /** Changes from now on are seen, once it is started. */
  JarWatcher(Path directory, Handler handler) {
    this.directory = directory;
    this.handler = handler;
    WatchService made = null;
    try {
      made = directory.getFileSystem().newWatchService();
      directory.register(
          made,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
    } catch (IOException e) {
      log.warn("cannot watch {}; new plugins need a restart: {}", directory, e.toString());
    }
    this.watch = made;
  }

  static boolean isJar(Path path) {
    String name = path.getFileName().toString();
    return name.endsWith(".jar")
        && !name.startsWith(".")
        && name.chars().noneMatch(Character::isISOControl);
  }

  void start() {
    WatchService watching = watch;
    if (watching != null) {
      Thread.ofVirtual().name("plugin-watcher").start(() -> run(watching));
    }
  }

  private void run(WatchService watching) {
    try {
      while (true) {
        WatchKey key = next(watching);
        if (key != null) {
          for (WatchEvent<?> event : key.pollEvents()) {
            if (event.context() instanceof Path name) {
              lookSoon(name);
            } else if (event.kind().equals(StandardWatchEventKinds.OVERFLOW)) {
              lookAtAll();
            }
          }
          if (!key.reset()) {
            log.error("{} is gone; new plugins need a restart of the runtime process", directory);
          }
        }
        lookAtDue();
      }
    } catch (ClosedWatchServiceException e) {
      log.debug("no longer watching {}", directory);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void lookSoon(Path name) {
    String text = name.toString();
    Path jar =
        text.endsWith(SIGNATURE)
            ? Path.of(text.substring(0, text.length() - SIGNATURE.length()))
            : name;
    if (isJar(jar)) {
      looks.put(directory.resolve(jar), new Look(System.nanoTime() + SETTLE_NANOS, false));
    }
  }

  private void lookAtAll() {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, JarWatcher::isJar)) {
      files.forEach(file -> lookSoon(file.getFileName()));
    } catch (IOException e) {
      log.warn("cannot list {}: {}", directory, e.toString());
    }
  }

  private @Nullable WatchKey next(WatchService watching) throws InterruptedException {
    if (looks.isEmpty()) {
      return watching.take();
    }
    long now = System.nanoTime();
    long wait = looks.values().stream().mapToLong(look -> look.due() - now).min().orElse(0);
    return watching.poll(Math.max(0, wait), TimeUnit.NANOSECONDS);
  }

  private void lookAtDue() {
    long now = System.nanoTime();
    for (Map.Entry<Path, Look> entry : Map.copyOf(looks).entrySet()) {
      if (entry.getValue().due() - now <= 0) {
        Path jar = entry.getKey();
        looks.remove(jar);
        boolean incomplete = false;
        try {
          incomplete = handler.changed(jar, entry.getValue().last());
        } catch (RuntimeException e) {
          log.error("{} was not looked at", jar, e);
        }
        if (incomplete) {
          looks.put(jar, new Look(System.nanoTime() + LAST_LOOK_NANOS, true));
        }
      }
    }
  }

  @Override
  public void close() {
    WatchService watching = watch;
    if (watching != null) {
      try {
        watching.close();
      } catch (IOException e) {
        log.debug("closing the watch of {} failed: {}", directory, e.toString());
      }
    }
  }
}
