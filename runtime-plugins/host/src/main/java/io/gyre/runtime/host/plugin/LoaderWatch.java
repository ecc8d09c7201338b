package io.gyre.runtime.host.plugin;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that the class loaders of unloaded plugins are collected, and says in the log which
 * was not, and which threads may be why. Nothing else suffers from one. Any thread.
 */
final class LoaderWatch {
  private static final Logger log = LoggerFactory.getLogger(LoaderWatch.class);

  private record Unloaded(String jar, WeakReference<ClassLoader> loader, long at) {
    boolean due(Duration patience) {
      return System.nanoTime() - at >= patience.toNanos();
    }
  }

  private final Duration patience;
  private final List<Unloaded> waiting = new ArrayList<>();
  private @Nullable Thread watcher;

  LoaderWatch(Duration patience) {
    this.patience = patience;
  }

  void unloaded(PluginJar jar, ClassLoader loader) {
    synchronized (waiting) {
      waiting.add(new Unloaded(jar.text(), new WeakReference<>(loader), System.nanoTime()));
      if (watcher == null) {
        watcher = Thread.ofVirtual().name("loader-watch").start(this::watch);
      }
    }
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(patience);
        List<Unloaded> due;
        synchronized (waiting) {
          waiting.removeIf(each -> each.loader().get() == null);
          if (waiting.isEmpty()) {
            watcher = null;
            return;
          }
          due = waiting.stream().filter(each -> each.due(patience)).toList();
        }
        if (due.isEmpty()) {
          continue;
        }
        // The heap is small; idle, nothing else would collect the classes for hours.
        System.gc();
        synchronized (waiting) {
          waiting.removeAll(due);
        }
        due.forEach(LoaderWatch::tell);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void tell(Unloaded unloaded) {
    ClassLoader loader = unloaded.loader().get();
    if (loader == null) {
      return;
    }
    List<String> threads =
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> loader.equals(thread.getContextClassLoader()))
            .map(Thread::getName)
            .sorted()
            .toList();
    log.warn(
        "the classes of {} are still in memory after it was unloaded{}; it costs memory until the"
            + " runtime process restarts",
        unloaded.jar(),
        threads.isEmpty() ? "" : ": its threads " + threads + " have not ended");
  }
}
