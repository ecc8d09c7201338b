package io.gyre.runtime.docker;

import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.Exit;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RuntimeEvent;
import io.gyre.runtime.spi.WorkloadRuntime.Subscription;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was seen last of each instance, and who wants to hear of changes. Listeners are called under
 * its lock, so their order is the order of the changes.
 *
 * <p>Who reads the engine takes the instance's version first and puts what it read with it: where
 * something has happened meanwhile, the put is refused and the reading is repeated. So an old
 * reading never covers a newer event.
 */
final class Inventory {
  private static final Logger LOG = LoggerFactory.getLogger(Inventory.class);
  private static final int REMEMBERED_GONE = 512;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Known> known = new HashMap<>();
  private final Map<String, Long> versions = new HashMap<>();
  private final List<Consumer<RuntimeEvent>> listeners = new ArrayList<>();

  /** Container ids never come back, so a late reading of one that is gone is known as such. */
  private final Map<String, Boolean> gone =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
          return size() > REMEMBERED_GONE;
        }
      };

  private long clock;

  /**
   * @param engineState as the engine's list calls it
   * @param fresh no event has come since it was read
   * @param changedAt on the inventory's clock
   */
  record Known(
      String container, String engineState, InstanceStatus status, boolean fresh, long changedAt) {}

  enum Put {
    DONE,
    OUTDATED,
    GONE
  }

  Subscription subscribe(Consumer<RuntimeEvent> listener) {
    lock.lock();
    try {
      listeners.add(listener);
    } finally {
      lock.unlock();
    }
    return () -> {
      lock.lock();
      try {
        listeners.remove(listener);
      } finally {
        lock.unlock();
      }
    };
  }

  Optional<Known> find(String id) {
    lock.lock();
    try {
      return Optional.ofNullable(known.get(id));
    } finally {
      lock.unlock();
    }
  }

  List<Known> all() {
    lock.lock();
    try {
      return List.copyOf(known.values());
    } finally {
      lock.unlock();
    }
  }

  long version(String id) {
    lock.lock();
    try {
      return versions.getOrDefault(id, 0L);
    } finally {
      lock.unlock();
    }
  }

  /** Something happened to it: readings that are under way are outdated. */
  void touch(String id) {
    lock.lock();
    try {
      outdate(id);
    } finally {
      lock.unlock();
    }
  }

  private void outdate(String id) {
    versions.merge(id, 1L, Long::sum);
    known.computeIfPresent(
        id,
        (key, k) -> new Known(k.container(), k.engineState(), k.status(), false, k.changedAt()));
  }

  /** Events may have been missed: nothing that was read counts as fresh. */
  void touchAll() {
    lock.lock();
    try {
      List.copyOf(known.keySet()).forEach(this::outdate);
    } finally {
      lock.unlock();
    }
  }

  Put put(String container, String engineState, InstanceStatus status, long version) {
    lock.lock();
    try {
      String id = status.id();
      if (gone.containsKey(container)) {
        return Put.GONE;
      }
      if (versions.getOrDefault(id, 0L) != version) {
        return Put.OUTDATED;
      }
      store(container, engineState, status, true);
      return Put.DONE;
    } finally {
      lock.unlock();
    }
  }

  private void store(String container, String engineState, InstanceStatus status, boolean fresh) {
    Known before = known.get(status.id());
    versions.merge(status.id(), 1L, Long::sum);
    known.put(status.id(), new Known(container, engineState, status, fresh, ++clock));
    if (before == null || !before.status().equals(status)) {
      emit(new RuntimeEvent.Changed(status));
    }
  }

  /**
   * The engine said that the main process ended. Answers with what was made of it, or empty where
   * this is old news or the run isn't known, so that the container must be read.
   */
  Optional<InstanceStatus> exited(
      String id, String container, Exit exit, @Nullable Instant stopped) {
    lock.lock();
    try {
      Known before = known.get(id);
      if (before == null
          || !before.container().equals(container)
          || before.status().state() != State.RUNNING
          || before.status().startedAt() == null
          || exit.at().isBefore(before.status().startedAt())) {
        outdate(id);
        return Optional.empty();
      }
      boolean told = before.status().startedAt().equals(stopped);
      InstanceStatus status = ended(before.status(), told ? State.STOPPED : State.EXITED, exit);
      store(container, "exited", status, true);
      return Optional.of(status);
    } finally {
      lock.unlock();
    }
  }

  private static InstanceStatus ended(InstanceStatus was, State state, Exit exit) {
    return new InstanceStatus(
        was.id(),
        was.namespace(),
        was.deployment(),
        was.revision(),
        was.fingerprint(),
        state,
        null,
        was.handle(),
        null,
        was.ports(),
        was.startedAt(),
        was.restarts(),
        was.failuresInRow(),
        null,
        exit,
        null);
  }

  /** Adds the last lines to an exit that has been reported, if it is still the last one. */
  void addLines(String id, String container, Exit exit) {
    lock.lock();
    try {
      Known before = known.get(id);
      Exit last = before == null ? null : before.status().lastExit();
      if (before == null
          || last == null
          || !before.container().equals(container)
          || !last.at().equals(exit.at())
          || !last.lastLines().isEmpty()) {
        return;
      }
      InstanceStatus status = withExit(before.status(), exit);
      versions.merge(id, 1L, Long::sum);
      known.put(id, new Known(container, before.engineState(), status, before.fresh(), ++clock));
      emit(new RuntimeEvent.Changed(status));
    } finally {
      lock.unlock();
    }
  }

  static InstanceStatus withExit(InstanceStatus was, Exit exit) {
    return new InstanceStatus(
        was.id(),
        was.namespace(),
        was.deployment(),
        was.revision(),
        was.fingerprint(),
        was.state(),
        was.pid(),
        was.handle(),
        was.address(),
        was.ports(),
        was.startedAt(),
        was.restarts(),
        was.failuresInRow(),
        was.nextStartAt(),
        exit,
        was.reason());
  }

  void gone(String id, String container) {
    lock.lock();
    try {
      gone.put(container, true);
      Known before = known.get(id);
      if (before != null && before.container().equals(container)) {
        known.remove(id);
        versions.remove(id);
        emit(new RuntimeEvent.Gone(id));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Now, on the inventory's clock. */
  long mark() {
    lock.lock();
    try {
      return clock;
    } finally {
      lock.unlock();
    }
  }

  /** Drops what a list that was asked for after the mark does not show; counts it. */
  int keepOnly(Set<String> containers, long mark) {
    lock.lock();
    try {
      int dropped = 0;
      for (Map.Entry<String, Known> entry : List.copyOf(known.entrySet())) {
        Known k = entry.getValue();
        if (k.changedAt() <= mark && !containers.contains(k.container())) {
          gone(entry.getKey(), k.container());
          dropped++;
        }
      }
      return dropped;
    } finally {
      lock.unlock();
    }
  }

  void emit(RuntimeEvent event) {
    lock.lock();
    try {
      for (Consumer<RuntimeEvent> listener : List.copyOf(listeners)) {
        try {
          listener.accept(event);
        } catch (RuntimeException e) {
          LOG.warn("a listener failed on {}", event, e);
        }
      }
    } finally {
      lock.unlock();
    }
  }
}
