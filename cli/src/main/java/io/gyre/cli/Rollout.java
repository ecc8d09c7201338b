package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Follows the deployments of an apply until all are as declared, one cannot be, or the time is up.
 *
 * <pre>
 * pending ─▶ creating ─▶ running | stopped (0 replicas)         done
 *    ├─────▶ running ──▶ completed | failed                     a job: done, or exit 1
 *               ├──────▶ failed | crash_looping, for a while    given up: exit 1 with the reason
 *               ├──────▶ rolled back                            the same
 *               └──────▶ stopped by a health check              the same
 * </pre>
 */
final class Rollout {
  private static final long POLL_MS = 150;

  /** A deployment that fails this long, by an instance of the wanted revision, is given up. */
  private static final long FAILING_LIMIT_MS = 2_000;

  /** How long the API may be away, as while it is restarted. */
  private static final long AWAY_LIMIT_MS = 30_000;

  private final Session session;
  private final long timeoutMs;

  /** What was applied. */
  private record Applied(long generation, long revision) {}

  private final Map<DeploymentRef, Applied> wanted = new LinkedHashMap<>();
  private final SortedSet<String> namespaces = new TreeSet<>();
  private final Map<DeploymentRef, Long> failingSince = new LinkedHashMap<>();
  private final Screen screen;

  /**
   * @param applied the answer of {@code POST /v1/apply}
   */
  Rollout(Session session, JsonNode applied, long timeoutMs) {
    this.session = session;
    this.timeoutMs = timeoutMs;
    for (JsonNode change : applied.path("changes")) {
      if (Json.text(change, "kind").equals("deployment")) {
        String namespace = Json.text(change, "namespace");
        namespaces.add(namespace);
        wanted.put(
            new DeploymentRef(namespace, Json.text(change, "name")),
            new Applied(Json.number(change, "generation"), Json.number(change, "revision")));
      }
    }
    screen = new Screen(session);
  }

  /**
   * @param deployment as the API shows it
   */
  static Rollout of(Session session, DeploymentRef ref, JsonNode deployment, long timeoutMs) {
    Rollout rollout = new Rollout(session, Json.object(), timeoutMs);
    rollout.namespaces.add(ref.namespace());
    rollout.wanted.put(
        ref,
        new Applied(Json.number(deployment, "generation"), Json.number(deployment, "revision")));
    return rollout;
  }

  /** Exit 0 when all are as declared, 1 with the reasons otherwise. */
  int await() {
    if (wanted.isEmpty()) {
      return Exit.OK;
    }
    long start = session.nowMs();
    long answered = start;
    while (true) {
      long now = session.nowMs();
      try {
        List<Progress> all = fetch();
        answered = now;
        screen.show(lines(all, now - start));
        if (all.stream().allMatch(Progress::done)) {
          return Exit.OK;
        }
        List<Progress> hopeless = all.stream().filter(one -> hopeless(one, now)).toList();
        if (!hopeless.isEmpty()) {
          throw new RolloutFailure(session).of(hopeless);
        }
        if (now - start > timeoutMs) {
          throw new RolloutFailure(session)
              .timeout(all.stream().filter(one -> !one.done()).toList(), timeoutMs);
        }
      } catch (CliFailure e) {
        if (e.exitCode() != Exit.UNREACHABLE || now - answered > AWAY_LIMIT_MS) {
          throw e;
        }
      }
      Screen.pause(POLL_MS);
    }
  }

  private List<Progress> fetch() {
    Map<DeploymentRef, JsonNode> deployments = new LinkedHashMap<>();
    Map<DeploymentRef, List<JsonNode>> instances = new LinkedHashMap<>();
    for (String namespace : namespaces) {
      String query = "?namespace=" + Api.encode(namespace);
      for (JsonNode item : session.api().list("/v1/deployments" + query)) {
        deployments.put(new DeploymentRef(namespace, Json.text(item, "name")), item);
      }
      for (JsonNode item : session.api().list("/v1/instances" + query)) {
        instances
            .computeIfAbsent(
                new DeploymentRef(namespace, Json.text(item, "deployment")),
                key -> new ArrayList<>())
            .add(item);
      }
    }
    List<Progress> all = new ArrayList<>();
    wanted.forEach(
        (ref, applied) -> {
          JsonNode deployment = deployments.get(ref);
          all.add(
              new Progress(
                  ref,
                  applied.generation(),
                  applied.revision(),
                  deployment == null ? Json.object() : deployment,
                  instances.getOrDefault(ref, List.of())));
        });
    return all;
  }

  private boolean hopeless(Progress one, long now) {
    if (one.gone() || one.rolledBack() || one.halted() || one.jobFailed()) {
      return true;
    }
    if (!one.failing()) {
      failingSince.remove(one.ref());
      return false;
    }
    return now - failingSince.computeIfAbsent(one.ref(), key -> now) >= FAILING_LIMIT_MS;
  }

  private List<String> lines(List<Progress> all, long elapsedMs) {
    List<String> lines = new ArrayList<>();
    if (screen.live()) {
      Table table = new Table(List.of("DEPLOYMENT", "READY", "PHASE", "WAITING FOR"));
      for (Progress one : all) {
        table.row(List.of(one.ref().toString(), one.ready(), one.phase(), one.waitingFor()));
      }
      lines.addAll(table.lines(session.style(), true, screen.columns()));
      if (!all.stream().allMatch(Progress::done)) {
        lines.add(session.style().dim("waiting, " + Times.duration(elapsedMs)));
      }
      return lines;
    }
    for (Progress one : all) {
      String waiting = one.waitingFor();
      lines.add(
          one.ref()
              + ": "
              + one.phase()
              + ", "
              + one.ready()
              + (one.job() ? " completed" : " ready")
              + (waiting.isEmpty() ? "" : ": " + Table.oneLine(waiting)));
    }
    return lines;
  }
}
