package io.gyre.reconciler;

import io.gyre.messages.Message;
import io.gyre.model.EventRecord;
import io.gyre.model.GyreException;
import io.gyre.model.PluginInfo;
import io.gyre.model.RuntimeInfo;
import io.gyre.store.Store;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records what is told of no deployment but of runtimes, plugins and components, in the order in
 * which it came. Any thread.
 */
final class HostFacts {
  private static final Logger log = LoggerFactory.getLogger(HostFacts.class);
  private static final Set<String> BAD_STATES = Set.of("ended", "crash_looping");

  private final Store store;
  private final Clock clock;
  private final Executor thread;
  private final Consumer<Input> all;
  private final Consumer<String> stateChanged;
  private volatile Map<String, String> away = Map.of();

  /**
   * @param thread keeps the order
   * @param all tells every deployment's worker
   * @param stateChanged as {@link Surroundings#stateChanged}
   */
  HostFacts(
      Store store,
      Clock clock,
      Executor thread,
      Consumer<Input> all,
      Consumer<String> stateChanged) {
    this.store = store;
    this.clock = clock;
    this.thread = thread;
    this.all = all;
    this.stateChanged = stateChanged;
  }

  /** As {@link Surroundings#runtimesAway}. */
  Map<String, String> runtimesAway() {
    return away;
  }

  void lookAtRuntimes() {
    Map<String, String> now = new TreeMap<>();
    for (RuntimeInfo runtime : store.read().runtimes()) {
      if (runtime.state() != RuntimeInfo.State.READY) {
        String message = runtime.message();
        now.put(
            runtime.name(),
            "runtime " + runtime.name() + " is away" + (message == null ? "" : ": " + message));
      }
    }
    away = now;
  }

  /** What the host refused before it will refuse again, if it is still there. */
  void hostStarted(String correlation) {
    inOrder(
        () -> {
          List<String> rejected =
              store.read().runtimes().stream()
                  .filter(known -> known.state() == RuntimeInfo.State.REJECTED)
                  .map(RuntimeInfo::name)
                  .toList();
          if (!rejected.isEmpty()) {
            store.observed().run(tx -> rejected.forEach(tx::removeRuntime));
            lookAtRuntimes();
            stateChanged.accept(correlation);
          }
        });
  }

  /** Runs on the one thread that keeps the order of such facts. */
  void inOrder(Runnable work) {
    try {
      thread.execute(
          () -> {
            try {
              work.run();
            } catch (GyreException e) {
              log.warn("{}: {}", e.code(), e.getMessage());
            } catch (RuntimeException e) {
              log.error("a fact was not recorded", e);
            }
          });
    } catch (RejectedExecutionException e) {
      log.debug("closing");
    }
  }

  void runtimeChanged(RuntimeInfo runtime, String correlation) {
    inOrder(
        () -> {
          boolean news =
              store.read().runtimes().stream()
                  .noneMatch(
                      known ->
                          known.name().equals(runtime.name())
                              && known.state() == runtime.state()
                              && known.version().equals(runtime.version()));
          store
              .observed()
              .transact(
                  tx -> {
                    tx.putRuntime(runtime);
                    return news ? tx.appendEvent(runtimeEvent(runtime, correlation)) : 0L;
                  });
          lookAtRuntimes();
          if (news) {
            Input input =
                runtime.state() == RuntimeInfo.State.READY
                    ? new Input.RuntimeReady(runtime.name(), correlation)
                    : new Input.Wake(correlation);
            all.accept(input);
          }
          stateChanged.accept(correlation);
        });
  }

  private EventRecord runtimeEvent(RuntimeInfo runtime, String correlation) {
    boolean good = runtime.state() == RuntimeInfo.State.READY;
    String state = runtime.state().name().toLowerCase(Locale.ROOT);
    return new EventRecord(
        0,
        clock.instant(),
        good ? EventRecord.Level.NORMAL : EventRecord.Level.WARNING,
        null,
        null,
        null,
        "runtime_" + state,
        "runtime "
            + runtime.name()
            + " "
            + runtime.version()
            + " is "
            + state
            + (runtime.message() == null ? "" : ": " + runtime.message()),
        correlation);
  }

  void pluginsReported(List<PluginInfo> plugins, String correlation) {
    inOrder(
        () -> {
          if (!plugins.equals(store.read().plugins())) {
            store.observed().run(tx -> tx.replacePlugins(plugins));
            stateChanged.accept(correlation);
          }
        });
  }

  void pluginChanged(Message.PluginChanged change, String correlation) {
    EventRecord event =
        new EventRecord(
            0,
            clock.instant(),
            change.change().bad() ? EventRecord.Level.WARNING : EventRecord.Level.NORMAL,
            null,
            null,
            null,
            "plugin_" + change.change().name().toLowerCase(Locale.ROOT),
            change.message(),
            correlation);
    inOrder(
        () -> {
          store.observed().transact(tx -> tx.appendEvent(event));
          stateChanged.accept(correlation);
        });
  }

  void contentRefreshed(Message.ContentRefreshed fact, String correlation) {
    EventRecord event =
        new EventRecord(
            0,
            clock.instant(),
            fact.failed() ? EventRecord.Level.WARNING : EventRecord.Level.NORMAL,
            fact.deployment().namespace(),
            fact.deployment().name(),
            fact.instance().value(),
            fact.failed() ? "content_not_refreshed" : "content_refreshed",
            fact.message(),
            correlation);
    inOrder(
        () -> {
          store.observed().transact(tx -> tx.appendEvent(event));
          stateChanged.accept(correlation);
        });
  }

  void volumesReported(Message.VolumesReported fact, String correlation) {
    inOrder(
        () -> {
          store.observed().run(tx -> tx.replaceVolumes(fact.runtime(), fact.volumes()));
          stateChanged.accept(correlation);
        });
  }

  void componentChanged(Message.ComponentChanged change, String correlation) {
    inOrder(
        () -> {
          store
              .observed()
              .transact(
                  tx ->
                      tx.appendEvent(
                          new EventRecord(
                              0,
                              clock.instant(),
                              BAD_STATES.contains(change.state())
                                  ? EventRecord.Level.WARNING
                                  : EventRecord.Level.NORMAL,
                              null,
                              null,
                              null,
                              "component_" + change.state(),
                              change.component().id() + ": " + change.message(),
                              correlation)));
          stateChanged.accept(correlation);
        });
  }
}
