package io.gyre.runtime.process;

import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RuntimeEvent;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the journals and reports what they say. One thread does it all, so that the order is
 * kept: it is woken by inotify and looks at everything every few seconds as well, for what inotify
 * can't tell: a killed keeper, a log that has grown.
 */
final class Observer implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Observer.class);
  private static final long SCAN_SECONDS = 4;

  private final Instances instances;
  private final WatchService watch;
  private final Consumer<RuntimeEvent> listener;
  private final Consumer<String> keeperless;
  private final LogFiles.Bounds bounds;
  private final Map<String, Seen> seen = new HashMap<>();
  private final CountDownLatch ended = new CountDownLatch(1);

  /** What was read of a journal, and the last status reported. */
  private static final class Seen {
    private long position;
    private @Nullable InstanceStatus reported;
    private LogFiles.@Nullable Mark mark;
    private int doubts;
  }

  /**
   * @param keeperless told the ids of instances that have no keeper but should
   */
  Observer(
      Instances instances,
      WatchService watch,
      LogFiles.Bounds bounds,
      Consumer<RuntimeEvent> listener,
      Consumer<String> keeperless) {
    this.instances = instances;
    this.watch = watch;
    this.bounds = bounds;
    this.listener = listener;
    this.keeperless = keeperless;
  }

  /** Takes what there is as known; to be called before the thread runs. */
  void begin() throws IOException {
    instances
        .journals()
        .register(
            watch,
            StandardWatchEventKinds.ENTRY_CREATE,
            StandardWatchEventKinds.ENTRY_MODIFY,
            StandardWatchEventKinds.ENTRY_DELETE);
    for (String id : instances.ids()) {
      Seen known = new Seen();
      known.position = Journal.read(instances.journal(id), 0).end();
      known.reported = instances.status(id).orElse(null);
      seen.put(id, known);
    }
  }

  @Override
  public void run() {
    try {
      long nextScan = System.nanoTime();
      while (true) {
        WatchKey key = watch.poll(Math.max(0, nextScan - System.nanoTime()), TimeUnit.NANOSECONDS);
        if (key != null) {
          handle(key);
          key.reset();
        }
        if (System.nanoTime() >= nextScan) {
          scan();
          nextScan = System.nanoTime() + TimeUnit.SECONDS.toNanos(SCAN_SECONDS);
        }
      }
    } catch (ClosedWatchServiceException e) {
      // The runtime was closed.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      ended.countDown();
    }
  }

  boolean awaitEnd(long ms) throws InterruptedException {
    return ended.await(ms, TimeUnit.MILLISECONDS);
  }

  private void handle(WatchKey key) {
    Set<String> changed = new HashSet<>();
    for (WatchEvent<?> event : key.pollEvents()) {
      if (event.kind().equals(StandardWatchEventKinds.OVERFLOW)) {
        scan();
        return;
      }
      String name = String.valueOf(event.context());
      if (name.indexOf('.') < 0) {
        changed.add(name);
      }
    }
    changed.forEach(this::look);
  }

  private void look(String id) {
    try {
      Optional<Identity> identity = instances.identity(id);
      if (identity.isEmpty()) {
        if (seen.remove(id) != null) {
          listener.accept(new RuntimeEvent.Gone(id));
        }
        return;
      }
      Seen known = seen.computeIfAbsent(id, any -> new Seen());
      Journal.Section section = Journal.read(instances.journal(id), known.position);
      known.position = section.end();
      for (Journal.Line line : section.lines()) {
        report(known, instances.recorded(identity.get(), line));
        mark(id, known, line);
      }
    } catch (IOException e) {
      LOG.warn("can't read the state of {}: {}", id, e.toString());
    }
  }

  private void report(Seen known, InstanceStatus status) {
    if (!status.equals(known.reported)) {
      known.reported = status;
      listener.accept(new RuntimeEvent.Changed(status));
    }
  }

  /** The positions at an exit are exact, so a mark there separates the runs. */
  private void mark(String id, Seen known, Journal.Line line) throws IOException {
    if (line.hasExit() && line.outTo() != Journal.NONE && line.at() - line.exitAt() < 100) {
      mark(id, known, new LogFiles.Mark(line.exitAt(), line.outTo(), line.errTo()));
    }
  }

  private void mark(String id, Seen known, LogFiles.Mark mark) throws IOException {
    LogFiles.Mark before = known.mark;
    if (before == null
        ? mark.out() + mark.err() > 0
        : mark.out() > before.out() || mark.err() > before.err()) {
      known.mark = mark;
      instances.directory(id).logs().mark(mark);
    }
  }

  private void scan() {
    Set<String> ids = new HashSet<>(seen.keySet());
    try {
      ids.addAll(instances.ids());
    } catch (IOException e) {
      LOG.warn("can't list the instances: {}", e.toString());
    }
    for (String id : ids) {
      look(id);
      try {
        check(id);
      } catch (IOException e) {
        LOG.warn("can't check {}: {}", id, e.toString());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** A keeper that couldn't write, as on a full disk, is asked to record again what it knows. */
  private void remind(Seen known, Optional<Journal.Line> last)
      throws IOException, InterruptedException {
    boolean doubtful = last.isPresent() && instances.outdated(last.get());
    known.doubts = doubtful ? known.doubts + 1 : 0;
    if (last.isPresent() && known.doubts >= 2) {
      known.doubts = 0;
      last.get().keeper().hangUp();
    }
  }

  private void check(String id) throws IOException, InterruptedException {
    Seen known = seen.get(id);
    if (known == null || instances.identity(id).isEmpty()) {
      return;
    }
    Optional<Journal.Line> last = Journal.last(instances.journal(id));
    if (instances.keeperless(last)) {
      keeperless.accept(id);
    }
    remind(known, last);
    Optional<InstanceStatus> status = instances.status(id);
    if (status.isPresent()) {
      report(known, status.get());
    }
    LogFiles logs = instances.directory(id).logs();
    mark(
        id,
        known,
        new LogFiles.Mark(
            System.currentTimeMillis(), logs.size(LogFiles.OUT), logs.size(LogFiles.ERR)));
    logs.trim(bounds);
  }
}
