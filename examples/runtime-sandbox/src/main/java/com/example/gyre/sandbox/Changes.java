package com.example.gyre.sandbox;

import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RuntimeEvent;
import io.gyre.runtime.spi.WorkloadRuntime.Subscription;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Tells the listeners what has changed. A note of {@code sandbox.sh} is seen at once; what nobody
 * noted, such as the death of a runner, within two seconds.
 *
 * <p>Any thread; one at a time looks and tells, so that the order is kept.
 */
final class Changes implements AutoCloseable {
  private static final int LOOK_SECONDS = 2;

  private final Directories directories;
  private final WatchService watch;
  private final List<Consumer<RuntimeEvent>> listeners = new CopyOnWriteArrayList<>();
  private final Map<String, InstanceStatus> told = new HashMap<>();
  private boolean closed;

  Changes(Directories directories) throws IOException {
    this.directories = directories;
    this.watch = directories.all().getFileSystem().newWatchService();
  }

  /** What is there now is known, and no news. */
  void begin(ScheduledExecutorService executor) throws IOException {
    for (Sandbox sandbox : directories.list()) {
      watch(sandbox);
      sandbox.status().ifPresent(status -> told.put(status.id(), status));
    }
    executor.execute(this::awaitNotes);
    var _ =
        executor.scheduleWithFixedDelay(
            this::lookAtAll, LOOK_SECONDS, LOOK_SECONDS, TimeUnit.SECONDS);
  }

  /** From before its first run on. */
  void watch(Sandbox sandbox) throws IOException {
    sandbox.directory().register(watch, StandardWatchEventKinds.ENTRY_CREATE);
  }

  private void awaitNotes() {
    try {
      while (true) {
        WatchKey key = watch.take();
        key.pollEvents();
        look(((Path) key.watchable()).getFileName().toString());
        key.reset();
      }
    } catch (ClosedWatchServiceException e) {
      // The runtime was closed.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void lookAtAll() {
    try {
      Set<String> ids = new HashSet<>();
      for (Sandbox sandbox : directories.list()) {
        ids.add(sandbox.id());
        sandbox.log("out").trim();
        sandbox.log("err").trim();
      }
      synchronized (this) {
        ids.addAll(told.keySet());
      }
      ids.forEach(this::look);
    } catch (IOException e) {
      // Next time.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  synchronized void look(String id) {
    if (closed) {
      return;
    }
    try {
      InstanceStatus now = directories.of(id).status().orElse(null);
      InstanceStatus before = now == null ? told.remove(id) : told.put(id, now);
      if (now != null && !now.equals(before)) {
        tell(new RuntimeEvent.Changed(now));
      } else if (now == null && before != null) {
        tell(new RuntimeEvent.Gone(id));
      }
    } catch (IOException e) {
      // Being removed, or the disk is full: the next look will tell.
    }
  }

  private void tell(RuntimeEvent event) {
    listeners.forEach(listener -> listener.accept(event));
  }

  synchronized Subscription subscribe(Consumer<RuntimeEvent> listener) {
    // Not the listener itself: one may subscribe twice.
    Consumer<RuntimeEvent> own = event -> Objects.requireNonNull(listener).accept(event);
    listeners.add(own);
    return () -> {
      synchronized (this) {
        listeners.remove(own);
      }
    };
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    try {
      watch.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }
}
