package io.gyre.runtime.host.instance;

import io.gyre.messages.Message;
import io.gyre.model.Contents;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.Failpoints;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.runtime.host.content.ContentFiles;
import io.gyre.runtime.host.plugin.RuntimeSlot;
import io.gyre.runtime.host.report.Cause;
import io.gyre.runtime.host.report.Reporter;
import io.gyre.runtime.host.restart.Timers;
import io.gyre.runtime.host.stream.Streams;
import io.gyre.runtime.spi.InstanceSignals;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.SecretRefresh;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives running instances another version of their files, then the signal that their deployment
 * wants. What an instance has is noted beside its files once it was told; who finds another version
 * there than the newest does what is missing. So it is done after a kill at any point, and a signal
 * is sent twice only where this process died between sending and noting it.
 */
final class Refreshing {
  private static final Logger log = LoggerFactory.getLogger(Refreshing.class);
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Duration RETRY = Duration.ofSeconds(10);

  private final Instances instances;
  private final ContentFiles contents;
  private final Reporter reporter;
  private final Timers timers;

  /** Those that are tried again, and why, so that a reason is told once. */
  private final Map<InstanceId, String> failing = new ConcurrentHashMap<>();

  private final Set<InstanceId> waiting = ConcurrentHashMap.newKeySet();

  Refreshing(Instances instances, ContentFiles contents, Reporter reporter, Timers timers) {
    this.instances = instances;
    this.contents = contents;
    this.reporter = reporter;
    this.timers = timers;
  }

  /** In the mailbox of the instance; blocks. */
  void refresh(InstanceId id, Cause cause) {
    Optional<InstanceRecord> row = instances.store().instance(id);
    Optional<String> had = contents.applied(id.value());
    if (row.isEmpty() || row.get().removing() || had.isEmpty()) {
      failing.remove(id);
      return;
    }
    DeploymentKey key = row.get().deployment();
    try {
      DeploymentSpec spec = Specs.read(instances.store(), key, row.get().revision());
      if (spec.onContentChange() != Contents.OnChange.SIGNAL) {
        return;
      }
      ContentReader reader = new ContentReader(instances.store(), key.namespace(), spec);
      String wanted = reader.signalled();
      if (!wanted.equals(had.get())) {
        if (isAway(row.get().runtime())) {
          later(id, cause);
          return;
        }
        apply(id, spec, reader, cause, key, wanted);
      }
      failing.remove(id);
    } catch (GyreException e) {
      String why = String.valueOf(e.getMessage());
      if (!why.equals(failing.put(id, why))) {
        log.warn("{} has no new files yet: {}", id, why);
        reporter.fact(
            id,
            new Message.ContentRefreshed(id, key, true, "its files are not replaced yet: " + why),
            cause);
      }
      later(id, cause);
    }
  }

  private void later(InstanceId id, Cause cause) {
    if (waiting.add(id)) {
      var _ =
          timers.after(
              RETRY,
              () -> {
                waiting.remove(id);
                instances.refresh(id, cause);
              });
    }
  }

  /** What can't be asked may well run. */
  private boolean isAway(String runtime) {
    return instances.runtimes().all().stream()
        .anyMatch(slot -> slot.name().equals(runtime) && !slot.ready());
  }

  private void apply(
      InstanceId id,
      DeploymentSpec spec,
      ContentReader reader,
      Cause cause,
      DeploymentKey key,
      String wanted) {
    Failpoints.hit("host.content.before");
    contents.write(id.value(), Specs.items(reader, spec), spec.process() != null);
    Optional<RuntimeSlot> slot = instances.runtimes().holding(id.value());
    if (slot.isPresent() && SecretReader.mounted(spec)) {
      refreshSecrets(id, slot.get());
    }
    Failpoints.hit("host.content.written");
    boolean runs =
        slot.flatMap(each -> each.inventory().find(id.value()))
            .filter(status -> status.state() == InstanceStatus.State.RUNNING)
            .isPresent();
    String signal = Objects.requireNonNullElse(spec.contents().signal(), "HUP");
    boolean told = runs;
    if (told) {
      RuntimeSlot runtime = slot.orElseThrow();
      runtime.call(
          "signal to " + id,
          DEADLINE,
          plugin -> {
            Streams.ability(plugin, InstanceSignals.class, runtime, "signals")
                .signal(id.value(), signal);
            return true;
          });
      Failpoints.hit("host.content.signalled");
    }
    contents.applied(id.value(), wanted);
    String what = wanted.strip().replace("\n", ", ");
    reporter.fact(
        id,
        new Message.ContentRefreshed(
            id,
            key,
            false,
            "its files are replaced ("
                + what
                + ")"
                + (told ? ", and it got SIG" + signal : "; it doesn't run, so it got no signal")),
        cause);
    log.info("{} has new files ({})", id, what);
  }

  /** The runtime asks for them; here none of it is seen. */
  private static void refreshSecrets(InstanceId id, RuntimeSlot runtime) {
    runtime.call(
        "new secret files of " + id,
        DEADLINE,
        plugin -> {
          Streams.ability(plugin, SecretRefresh.class, runtime, "replacement of secret files")
              .refreshSecrets(id.value());
          return true;
        });
  }
}
