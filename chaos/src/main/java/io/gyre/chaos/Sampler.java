package io.gyre.chaos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the processes many times a second: no replica lives twice at any instant, and nothing of
 * a steady deployment ends that was not killed on purpose. A thread of its own.
 */
final class Sampler {
  private static final long PAUSE_MS = 30;

  private final Reality reality;
  private final Workloads workloads;
  private final Ledger ledger;
  private final Thread thread;
  private volatile boolean stopping;
  private volatile List<Reality.Main> newest = List.of();
  private Map<String, Reality.Main> before = new HashMap<>();
  private long looks;

  Sampler(Reality reality, Workloads workloads, Ledger ledger) {
    this.reality = reality;
    this.workloads = workloads;
    this.ledger = ledger;
    this.thread = Thread.ofPlatform().daemon().name("sampler").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** As of the last look, some milliseconds ago. */
  List<Reality.Main> newest() {
    return newest;
  }

  long looks() {
    return looks;
  }

  private void run() {
    while (!stopping) {
      List<Reality.Main> now = reality.look();
      looks++;
      newest = now;
      judge(now);
      Shell.pause(PAUSE_MS);
    }
  }

  private void judge(List<Reality.Main> now) {
    Map<String, Reality.Main> byReplica = new HashMap<>();
    Map<String, List<Reality.Main>> byDeployment = new HashMap<>();
    Map<String, Reality.Main> byKey = new HashMap<>();
    for (Reality.Main main : now) {
      byKey.put(main.key(), main);
      byDeployment.computeIfAbsent(main.deployment(), name -> new ArrayList<>()).add(main);
      Reality.@Nullable Main twin = byReplica.put(main.replica(), main);
      if (twin != null && living(twin) && living(main)) {
        ledger.violation(
            "twin " + twin.key() + " " + main.key(), "two at once: " + twin + " and " + main);
      }
    }
    for (Workloads.Deployment deployment : workloads.all()) {
      List<Reality.Main> mains = byDeployment.getOrDefault(deployment.name(), List.of());
      if (deployment.steady() && mains.size() > deployment.replicas()) {
        List<Reality.Main> living = mains.stream().filter(Sampler::living).toList();
        if (living.size() > deployment.replicas()) {
          ledger.violation(
              "too many " + living,
              deployment.name() + " has " + living.size() + " replicas at once: " + living);
        }
      }
    }
    for (Reality.Main main : before.values()) {
      if (!byKey.containsKey(main.key())
          && workloads.named(main.deployment()).steady()
          && !ledger.killed(main.pid(), main.startTicks())
          && !living(main)) {
        ledger.violation("ended " + main.key(), "ended though nobody killed it: " + main);
      }
    }
    before = byKey;
  }

  private static boolean living(Reality.Main main) {
    try {
      return Reality.alive(main.pid()) && Reality.startTicks(main.pid()) == main.startTicks();
    } catch (java.io.IOException e) {
      return false;
    }
  }

  void stop() {
    stopping = true;
    try {
      thread.join(5000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
