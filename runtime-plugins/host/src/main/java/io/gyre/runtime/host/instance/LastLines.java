package io.gyre.runtime.host.instance;

import io.gyre.model.GyreException;
import io.gyre.runtime.host.plugin.RuntimeSlot;
import io.gyre.runtime.host.restart.Restarter;
import io.gyre.runtime.host.restart.Timers;
import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceLogs;
import io.gyre.runtime.spi.InstanceStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what an instance printed before it ended, once its restart is under way. */
final class LastLines {
  private static final Logger log = LoggerFactory.getLogger(LastLines.class);
  private static final Duration AFTER_RESTART = Duration.ofMillis(50);
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final int READ = 60;
  private static final int KEPT = 20;
  private static final int LONGEST = 500;

  private final Timers timers;
  private final Restarter restarter;
  private final Consumer<String> changed;

  LastLines(Timers timers, Restarter restarter, Consumer<String> changed) {
    this.timers = timers;
    this.restarter = restarter;
    this.changed = changed;
  }

  /** Does nothing where the runtime itself has said them, or keeps no logs. */
  void read(RuntimeSlot slot, InstanceStatus ended) {
    InstanceStatus.Exit exit = ended.lastExit();
    if (exit != null && exit.lastLines().isEmpty() && slot.has(Capability.LOGS)) {
      timers.after(
          AFTER_RESTART,
          () ->
              Thread.ofVirtual()
                  .name("last lines of " + ended.id())
                  .start(() -> readNow(slot, ended.id(), exit.at())));
    }
  }

  private void readNow(RuntimeSlot slot, String id, Instant exitAt) {
    try {
      List<String> lines =
          slot.call(
              "reading the last lines of " + id,
              DEADLINE,
              runtime -> {
                Collector collector = new Collector(exitAt);
                Optional<InstanceLogs> logs = runtime.ability(InstanceLogs.class);
                if (logs.isPresent()) {
                  logs.get().read(id, new InstanceLogs.LogQuery(READ, null, false), collector);
                }
                return collector.last();
              });
      if (!lines.isEmpty()) {
        restarter.lastLines(id, lines);
        changed.accept(id);
      }
    } catch (GyreException e) {
      log.debug("no last lines of {}: {}", id, e.getMessage());
    }
  }

  /** Lines of the run that ended; those of the next run may follow. */
  private static final class Collector implements InstanceLogs.Sink {
    private final Instant exitAt;
    private final List<String> lines = new ArrayList<>();

    Collector(Instant exitAt) {
      this.exitAt = exitAt;
    }

    @Override
    public boolean line(InstanceLogs.LogLine line) {
      Instant at = line.at();
      if (at == null || !at.isAfter(exitAt)) {
        String text = line.text();
        lines.add(text.length() <= LONGEST ? text : text.substring(0, LONGEST));
      }
      return true;
    }

    @Override
    public boolean open() {
      return true;
    }

    List<String> last() {
      return List.copyOf(lines.subList(Math.max(0, lines.size() - KEPT), lines.size()));
    }
  }
}
