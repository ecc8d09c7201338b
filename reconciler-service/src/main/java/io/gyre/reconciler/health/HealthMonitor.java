package io.gyre.reconciler.health;

import io.gyre.model.DeploymentKey;
import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.ProbeRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Probes the running instances of every deployment that has checks, each check at its own interval,
 * on virtual threads: a probe that hangs delays no other. Tells only changes, and keeps what the
 * last probes saw until somebody stores it. Any thread.
 */
public final class HealthMonitor implements AutoCloseable {
  private final Probes probes;
  private final ProbeTimer timer = new ProbeTimer();
  private final Consumer<Verdict> listener;
  private final Map<DeploymentKey, Map<InstanceId, InstanceHealth>> watched =
      new ConcurrentHashMap<>();

  /**
   * @param listener told on the thread of a probe, of one instance one verdict at a time
   */
  public HealthMonitor(ExecProbe exec, Consumer<Verdict> listener) {
    this.probes = new Probes(exec);
    this.listener = listener;
  }

  /**
   * From now on these instances of the deployment are probed with these checks and no others. An
   * instance whose main process is another than before starts anew.
   *
   * @param running with the checks of each, those of its own revision
   * @param stored what is stored of an instance's checks; asked where nothing is known here
   */
  public void watch(
      DeploymentKey deployment,
      Map<InstanceRecord, List<HealthCheck>> running,
      Function<InstanceId, List<ProbeRecord>> stored) {
    if (running.isEmpty() && !watched.containsKey(deployment)) {
      return;
    }
    watched.compute(
        deployment,
        (key, before) -> {
          Map<InstanceId, InstanceHealth> next = new HashMap<>();
          Map<InstanceId, InstanceHealth> old = before == null ? Map.of() : before;
          running.forEach(
              (instance, checks) -> {
                InstanceHealth known = old.get(instance.id());
                if (checks.isEmpty()) {
                  return;
                }
                if (known != null && known.sameAs(instance, checks)) {
                  next.put(instance.id(), known);
                } else {
                  InstanceHealth fresh =
                      new InstanceHealth(
                          instance,
                          List.copyOf(checks),
                          known != null ? known.records() : stored.apply(instance.id()),
                          probes,
                          timer,
                          listener);
                  next.put(instance.id(), fresh);
                  fresh.start();
                }
              });
          for (InstanceHealth health : old.values()) {
            if (next.get(health.id()) != health) {
              health.stop();
            }
          }
          return next.isEmpty() ? null : next;
        });
  }

  /** How it stands with the checks of those instances that are probed. */
  public Map<InstanceId, List<ProbeRecord>> records(DeploymentKey deployment) {
    Map<InstanceId, InstanceHealth> instances = watched.get(deployment);
    if (instances == null) {
      return Map.of();
    }
    Map<InstanceId, List<ProbeRecord>> all = new HashMap<>();
    instances.forEach((id, health) -> all.put(id, health.records()));
    return all;
  }

  /**
   * What is to be stored of the deployment; counts as stored from now on. To be called by one
   * thread at a time, in the order in which it is stored.
   */
  public List<ProbeRecord> takeUnsaved(DeploymentKey deployment) {
    List<ProbeRecord> all = new ArrayList<>();
    watched.getOrDefault(deployment, Map.of()).values().forEach(each -> each.takeUnsaved(all));
    return all;
  }

  /** As {@link #takeUnsaved(DeploymentKey)}, of all deployments. */
  public List<ProbeRecord> takeUnsaved() {
    List<ProbeRecord> all = new ArrayList<>();
    watched.values().forEach(each -> each.values().forEach(health -> health.takeUnsaved(all)));
    return all;
  }

  /** Whether anything is to be stored. */
  public boolean unsaved() {
    return watched.values().stream()
        .anyMatch(each -> each.values().stream().anyMatch(InstanceHealth::unsaved));
  }

  /** What was taken last may not have been stored. */
  public void forgetSaved() {
    watched.values().forEach(each -> each.values().forEach(InstanceHealth::forgetSaved));
  }

  /** Whether anything is probed. */
  public boolean idle() {
    return watched.isEmpty();
  }

  @Override
  public void close() {
    timer.close();
    watched.values().forEach(instances -> instances.values().forEach(InstanceHealth::stop));
    watched.clear();
  }
}
