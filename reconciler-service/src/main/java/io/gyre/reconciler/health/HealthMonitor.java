package io.gyre.reconciler.health;

import io.gyre.model.DeploymentKey;
import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Probes the running instances of every deployment that has checks, each check at its own interval,
 * on virtual threads: a probe that hangs delays no other. Reports only changes.
 */
public final class HealthMonitor implements AutoCloseable {
  /** Told once for every run of failures as long as the check's threshold. */
  public interface UnhealthyListener {
    void unhealthy(DeploymentKey deployment, InstanceId instance, boolean restart, String detail);
  }

  public interface ReadinessListener {
    void readiness(DeploymentKey deployment, InstanceId instance, boolean ready, String detail);
  }

  private final Probes probes;
  private final ScheduledExecutorService timer;
  private final UnhealthyListener unhealthy;
  private final ReadinessListener readiness;
  private final Map<DeploymentKey, Map<InstanceId, InstanceHealth>> watched =
      new ConcurrentHashMap<>();

  public HealthMonitor(
      ExecProbe exec,
      ScheduledExecutorService timer,
      UnhealthyListener unhealthy,
      ReadinessListener readiness) {
    this.probes = new Probes(exec);
    this.timer = timer;
    this.unhealthy = unhealthy;
    this.readiness = readiness;
  }

  /**
   * From now on these instances of the deployment are probed with these checks and no others. An
   * instance whose main process is another than before starts anew.
   */
  public void watch(
      DeploymentKey deployment, List<HealthCheck> checks, List<InstanceRecord> running) {
    if (checks.isEmpty() && !watched.containsKey(deployment)) {
      return;
    }
    watched.compute(
        deployment,
        (key, before) -> {
          Map<InstanceId, InstanceHealth> next = new HashMap<>();
          Map<InstanceId, InstanceHealth> old = before == null ? Map.of() : before;
          if (!checks.isEmpty()) {
            for (InstanceRecord instance : running) {
              InstanceHealth known = old.get(instance.id());
              if (known != null && known.sameAs(instance, checks)) {
                next.put(instance.id(), known);
              } else {
                InstanceHealth fresh =
                    new InstanceHealth(
                        instance, List.copyOf(checks), probes, timer, unhealthy, readiness);
                next.put(instance.id(), fresh);
                fresh.start();
              }
            }
          }
          for (InstanceHealth health : new ArrayList<>(old.values())) {
            if (!next.containsValue(health)) {
              health.stop();
            }
          }
          return next.isEmpty() ? null : next;
        });
  }

  @Override
  public void close() {
    watched.values().forEach(instances -> instances.values().forEach(InstanceHealth::stop));
    watched.clear();
  }
}
