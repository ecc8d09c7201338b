package io.gyre.runtime.docker;

import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.RestartPolicy;
import io.gyre.runtime.docker.Inventory.Known;
import io.gyre.runtime.docker.RunRecords.Run;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RestartPolicy.Mode;
import io.gyre.runtime.spi.RuntimeFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who restarts containers: while a runtime is open, its host alone, so the engine's own policy is
 * {@code no}. On a hand-over the engine gets it, for the containers that run.
 */
final class Supervision {
  private static final Logger LOG = LoggerFactory.getLogger(Supervision.class);

  /** The engine restarts nothing. */
  private static final String OURS = "no";

  private static final long HAND_OVER_MS = 800;

  private final Engine engine;
  private final Containers containers;
  private final RunRecords records;
  private final ScheduledExecutorService executor;

  Supervision(
      Engine engine, Containers containers, RunRecords records, ScheduledExecutorService executor) {
    this.engine = engine;
    this.containers = containers;
    this.records = records;
    this.executor = executor;
  }

  /** Takes over what earlier generations left, and counts what the engine restarted meanwhile. */
  void takeBack(List<InstanceStatus> statuses) throws RuntimeFailure {
    for (InstanceStatus status : statuses) {
      String container = status.handle();
      Optional<InspectContainerResponse> read =
          container == null ? Optional.empty() : containers.inspect(container);
      if (container == null || read.isEmpty()) {
        continue;
      }
      RestartPolicy policy = read.get().getHostConfig().getRestartPolicy();
      if (policy != null && !policy.getName().isEmpty() && !policy.getName().equals(OURS)) {
        setPolicy(container, OURS);
      }
      Labels.Identity identity = Labels.read(read.get().getConfig().getLabels());
      Integer byEngine = read.get().getRestartCount();
      records.change(
          status.id(),
          container,
          run -> {
            Run seen = seen(run, status, byEngine == null ? 0 : byEngine);
            return seen.policy() == null && identity != null
                ? seen.withPolicy(identity.restart())
                : seen;
          });
      containers.refresh(status.id(), container);
    }
  }

  /**
   * The engine counts its restarts after crashes, but not the start that follows its own restart;
   * that one shows in the time of the start alone.
   */
  private static Run seen(Run run, InstanceStatus status, int byEngine) {
    if (status.state() != State.RUNNING || status.startedAt() == null) {
      return run;
    }
    boolean unaccounted =
        run.startedAt() != null && !run.startedAt().equals(status.startedAt()) && byEngine == 0;
    return run.withRestarts(run.restarts() + (unaccounted ? 1 : 0))
        .withStartedAt(status.startedAt());
  }

  /** Gives the running containers to the engine, as far as that can be done at once. */
  void handOver(List<Known> instances) {
    List<Callable<Void>> orders = new ArrayList<>();
    for (Known known : instances) {
      InstanceStatus status = known.status();
      String policy = policy(mode(status.id(), known.container()));
      if (status.state() == State.RUNNING && !policy.equals(OURS)) {
        orders.add(
            () -> {
              setPolicy(known.container(), policy);
              return null;
            });
      }
    }
    try {
      if (!orders.isEmpty()) {
        executor.invokeAll(orders, HAND_OVER_MS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RejectedExecutionException e) {
      LOG.warn("the engine does not restart what crashes from now on: no threads left");
    }
  }

  private Mode mode(String id, String container) {
    Mode recorded = records.read(id, container).policy();
    return recorded == null ? Mode.ALWAYS : recorded;
  }

  private static String policy(Mode mode) {
    return switch (mode) {
      case ALWAYS -> "unless-stopped";
      case ON_FAILURE -> "on-failure";
      case NEVER -> OURS;
    };
  }

  /** docker-java can't say "no": it leaves the name out, which changes nothing. */
  private void setPolicy(String container, String policy) {
    try {
      engine.post(
          "/containers/" + container + "/update", Map.of("RestartPolicy", Map.of("Name", policy)));
    } catch (RuntimeFailure e) {
      LOG.warn(
          "the engine's restart policy of container {} could not be set to {}: {}",
          container,
          policy,
          e.getMessage());
    }
  }
}
