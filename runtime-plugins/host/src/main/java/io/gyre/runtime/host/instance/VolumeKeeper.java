package io.gyre.runtime.host.instance;

import io.gyre.messages.Message;
import io.gyre.model.GyreException;
import io.gyre.runtime.host.plugin.RuntimeSlot;
import io.gyre.runtime.host.report.Cause;
import io.gyre.runtime.host.report.Reporter;
import io.gyre.runtime.host.restart.Timers;
import io.gyre.runtime.spi.NamedVolumes;
import io.gyre.store.ContentUse;
import io.gyre.store.VolumeRecord;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells which named volumes the runtimes have, and removes those that are to go. Any thread. */
final class VolumeKeeper {
  private static final Logger log = LoggerFactory.getLogger(VolumeKeeper.class);
  private static final Duration DEADLINE = Duration.ofMinutes(2);

  private static final Duration RETRY = Duration.ofSeconds(30);

  /** Many instances start at once. */
  private static final Duration GATHERED = Duration.ofMillis(200);

  private final Instances instances;
  private final Reporter reporter;
  private final Timers timers;
  private final AtomicBoolean due = new AtomicBoolean();
  private final AtomicBoolean retryDue = new AtomicBoolean();

  VolumeKeeper(Instances instances, Reporter reporter, Timers timers) {
    this.instances = instances;
    this.reporter = reporter;
    this.timers = timers;
  }

  /** There may be another one, or one less. */
  void changed() {
    if (due.compareAndSet(false, true)) {
      var _ =
          timers.after(
              GATHERED,
              () -> {
                due.set(false);
                Thread.ofVirtual().name("volumes").start(this::report);
              });
    }
  }

  private void report() {
    for (RuntimeSlot slot : instances.runtimes().all()) {
      try {
        if (slot.ready()) {
          List<String> volumes =
              slot.call(
                  "list of volumes",
                  DEADLINE,
                  runtime -> {
                    NamedVolumes named = runtime.ability(NamedVolumes.class).orElse(null);
                    return named == null
                        ? List.<String>of()
                        : named.volumes().stream()
                            .map(each -> each.namespace() + "/" + each.name())
                            .sorted()
                            .toList();
                  });
          reporter.fact(new Message.VolumesReported(slot.name(), volumes), Cause.own());
          retry(volumes);
        }
      } catch (GyreException e) {
        log.warn("the volumes of {} are not known: {}", slot.name(), e.getMessage());
      }
    }
  }

  /** What could not be removed is tried again, as long as the rows ask for it. */
  private void retry(List<String> volumes) {
    List<Message.RemoveVolume> left =
        instances.store().volumes(null).stream()
            .filter(VolumeRecord::removing)
            .filter(each -> volumes.contains(each.namespace() + "/" + each.name()))
            .map(each -> new Message.RemoveVolume(each.namespace(), each.name()))
            .distinct()
            .toList();
    if (!left.isEmpty() && retryDue.compareAndSet(false, true)) {
      var _ =
          timers.after(
              RETRY,
              () -> {
                retryDue.set(false);
                left.forEach(each -> remove(each, Cause.own()));
              });
    }
  }

  /** What is used again meanwhile stays: the rows say so. */
  void remove(Message.RemoveVolume wish, Cause cause) {
    Thread.ofVirtual()
        .name("remove volume")
        .start(
            () -> {
              try {
                boolean used =
                    instances.store().volumeUses(wish.namespace()).stream()
                        .filter(ContentUse::wanted)
                        .anyMatch(use -> use.content().equals(wish.name()));
                if (!used) {
                  removeEverywhere(wish);
                }
              } catch (GyreException e) {
                log.warn(
                    "the volume {}/{} is not removed: {}",
                    wish.namespace(),
                    wish.name(),
                    e.getMessage());
              }
              changed();
            });
  }

  private void removeEverywhere(Message.RemoveVolume wish) {
    for (RuntimeSlot slot : instances.runtimes().all()) {
      if (slot.ready()) {
        slot.call(
            "removal of volume " + wish.namespace() + "/" + wish.name(),
            DEADLINE,
            runtime -> {
              NamedVolumes named = runtime.ability(NamedVolumes.class).orElse(null);
              if (named != null) {
                named.removeVolume(wish.namespace(), wish.name());
              }
              return true;
            });
      }
    }
    log.info("the volume {}/{} is removed", wish.namespace(), wish.name());
  }
}
