package io.gyre.reconciler;

import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.InstanceId;
import io.gyre.reconciler.health.HealthMonitor;
import io.gyre.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.random.RandomGenerator;

/** What a {@link DeploymentWorker} needs of the process around it; any thread. */
interface Surroundings {
  Store store();

  Clock clock();

  RandomGenerator random();

  HealthMonitor health();

  Admission admission();

  /**
   * Puts it on the bus.
   *
   * @return false where that failed but may succeed in a moment
   */
  boolean publish(Message message, String correlation);

  /** Tells the watchers that the store has news; several calls may become one message. */
  void stateChanged(String correlation);

  void wakeLater(DeploymentKey deployment, Duration delay);

  /** Runs the worker's next look on a thread of its own. */
  void run(Runnable look);

  void instanceBelongsTo(InstanceId instance, DeploymentKey deployment, String runtime);

  void instanceForgotten(InstanceId instance);

  /** Whether this is the first that is heard of an instance that nobody here has asked for. */
  boolean isNewStranger(InstanceId instance, DeploymentKey deployment, String runtime);

  /** Whether it was a stranger, which from now on is forgotten. */
  boolean strangerLeft(InstanceId instance);

  /** Nothing is left of the deployment, not even its row. */
  void retire(DeploymentKey deployment);

  /** From now on that deployment is looked at whenever this one {@link #advanced}. */
  void waitsFor(DeploymentKey waiting, DeploymentKey awaited);

  /** Something about the deployment was recorded; whoever waits for it looks again. */
  void advanced(DeploymentKey deployment, String correlation);

  /** Runtimes that don't answer, and why. */
  Map<String, String> runtimesAway();

  /** As long as anything is probed, what the probes see is stored now and then. */
  void keepProbes();

  /** Asks the host to report everything, since facts were lost here. */
  void requestReport();
}
