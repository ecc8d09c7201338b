package io.gyre.reconciler.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.Condition;
import io.gyre.model.ContainerSpec;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ExitRecord;
import io.gyre.model.Halt;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.NetworkMode;
import io.gyre.model.ProbeRecord;
import io.gyre.model.PullPolicy;
import io.gyre.model.Resources;
import io.gyre.model.RolloutRecord;
import io.gyre.model.WorkloadKind;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ConditionsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final DeploymentKey WEB = new DeploymentKey("default", "web");

  private static DesiredDeployment desired(int replicas) {
    DeploymentSpec spec =
        new DeploymentSpec(
            "docker",
            WorkloadKind.WORKER,
            new ContainerSpec("web:1", List.of(), PullPolicy.IF_NOT_PRESENT, null, false),
            null,
            Map.of(),
            List.of(),
            List.of(),
            Map.of(),
            Resources.NONE,
            List.of(),
            NetworkMode.BRIDGE);
    return new DesiredDeployment(WEB, "u1", 9, 1, replicas, 0, false, spec, NOW, NOW, "c-1");
  }

  private static InstanceRecord row(InstanceState state, boolean ready, @Nullable String reason) {
    return new InstanceRecord(
        new InstanceId("web-a"),
        WEB,
        1,
        0,
        "docker",
        false,
        state,
        ready,
        7L,
        null,
        null,
        List.of(),
        4,
        0,
        NOW,
        NOW,
        null,
        new ExitRecord(3, NOW, List.of("cannot go on")),
        reason,
        reason == null ? null : "in words",
        "c-1",
        NOW);
  }

  private static ProbeRecord probe(ProbeRecord.State state, Instant run) {
    return new ProbeRecord(
        new InstanceId("web-a"),
        WEB,
        0,
        "tcp 80",
        "liveness",
        run,
        state,
        NOW,
        List.of(
            new ProbeRecord.Answer(false, "answered 503", NOW, NOW, 3, 1),
            new ProbeRecord.Answer(true, "answered 200", NOW, NOW, 1, 1)),
        NOW);
  }

  private Map<String, String> away = Map.of();

  private String deployment(
      DesiredDeployment desired,
      @Nullable String waitsFor,
      RolloutRecord.@Nullable State rollout,
      List<ProbeRecord> probes,
      InstanceRecord... rows) {
    Plan plan = Planner.plan(desired, 0, waitsFor, List.of(rows), Set.of(), NOW);
    RolloutRecord record =
        rollout == null
            ? null
            : new RolloutRecord(WEB, "u1", 1, rollout, null, "of the rollout", 0, NOW, NOW, null);
    return text(
        Conditions.ofDeployment(
            desired,
            plan.status(),
            List.of(rows),
            record,
            Map.of(new InstanceId("web-a"), probes),
            away,
            NOW));
  }

  private String instance(InstanceRecord row, ProbeRecord... probes) {
    return text(Conditions.ofInstance(row, List.of(probes), away, NOW));
  }

  private static String text(List<Condition> conditions) {
    return conditions.stream()
        .map(
            c ->
                c.type().id()
                    + " "
                    + c.status().id()
                    + " "
                    + c.reason()
                    + (c.message() == null ? "" : ": " + c.message())
                    + "\n")
        .collect(Collectors.joining());
  }

  @Test
  void allIsWell() {
    assertThat(
            deployment(
                desired(1),
                null,
                RolloutRecord.State.COMPLETE,
                List.of(probe(ProbeRecord.State.PASSING, NOW)),
                row(InstanceState.RUNNING, true, null)))
        .isEqualTo(
            """
            available true enough_serve
            progressing false complete
            healthy true all_well
            waiting false nothing_awaited
            paused false not_paused
            stopped false not_asked_for
            """);
  }

  @Test
  void aFailingCheckMakesItUnhealthyWhetherOrNotItServes() {
    assertThat(
            deployment(
                desired(1),
                null,
                RolloutRecord.State.COMPLETE,
                List.of(probe(ProbeRecord.State.FAILING, NOW)),
                row(InstanceState.RUNNING, false, "not_ready")))
        .isEqualTo(
            """
            available false too_few_serve: 0 of 1 serve
            progressing true creating: 0 of 1 ready; web-a is running: in words
            healthy false health_check_failing: web-a: answered 503
            waiting false nothing_awaited
            paused false not_paused
            stopped false not_asked_for
            """);
  }

  @Test
  void whatWaitsSaysForWhat() {
    assertThat(deployment(desired(1), "db to be ready", RolloutRecord.State.PROGRESSING, List.of()))
        .isEqualTo(
            """
            available false too_few_serve: 0 of 1 serve
            progressing false waiting: waits for db to be ready
            healthy unknown no_instances
            waiting true waiting: waits for db to be ready
            paused false not_paused
            stopped false not_asked_for
            """);
  }

  @Test
  void failuresHaveTheWordsOfOthers() {
    assertThat(
            deployment(
                desired(1),
                null,
                RolloutRecord.State.FAILED,
                List.of(),
                row(InstanceState.FAILED, false, "image_pull_failed")))
        .contains("progressing false rollout_failed: of the rollout")
        .contains("healthy false image_pull_back_off: web-a: in words");
    assertThat(
            deployment(
                desired(1), null, null, List.of(), row(InstanceState.CRASH_LOOPING, false, null)))
        .contains("healthy false crash_loop_back_off: web-a exited with code 3, restarted 4 times");
    assertThat(Conditions.failure("config.not_found")).isEqualTo("config_error");
    assertThat(Conditions.failure("network_pool_exhausted")).isEqualTo("network_error");
    assertThat(Conditions.failure("ports_exhausted")).isEqualTo("insufficient_resources");
    assertThat(Conditions.failure("bind_source_missing")).isEqualTo("file_system_error");
    assertThat(Conditions.failure(null)).isEqualTo("create_container_error");
    assertThat(Conditions.failure("its_own")).isEqualTo("its_own");
  }

  @Test
  void whatIsStoppedOrBeingStoppedOrNotWantedAtAll() {
    DesiredDeployment halted = desired(1).halted(new Halt(Halt.HEALTH_CHECK, "web-a: 503"));
    assertThat(deployment(halted, null, null, List.of(), row(InstanceState.STOPPED, false, null)))
        .isEqualTo(
            """
            available false stopped_by_health_check: web-a: 503
            progressing false stopped
            healthy unknown stopped
            waiting false nothing_awaited
            paused false not_paused
            stopped true stopped_by_health_check: web-a: 503
            """);
    assertThat(deployment(halted, null, null, List.of(), row(InstanceState.STOPPING, false, null)))
        .contains("progressing true stopping: 1 of 1 left to stop: web-a: 503")
        .contains("stopped false stopping: web-a: 503");
    assertThat(deployment(desired(0), null, null, List.of()))
        .contains("available true none_wanted", "progressing false complete");
  }

  @Test
  void instances() {
    assertThat(
            instance(row(InstanceState.RUNNING, true, null), probe(ProbeRecord.State.PASSING, NOW)))
        .isEqualTo(
            """
            started true running
            ready true ready
            healthy true checks_pass
            crash_looping false not_looping
            """);
    assertThat(
            instance(
                row(InstanceState.RUNNING, false, "not_ready"),
                probe(ProbeRecord.State.FAILING, NOW)))
        .isEqualTo(
            """
            started true running
            ready false not_ready: in words
            healthy false health_check_failing: answered 503
            crash_looping false not_looping
            """);
    assertThat(
            instance(
                row(InstanceState.RUNNING, false, null),
                probe(ProbeRecord.State.FAILING, NOW.minusSeconds(9))))
        .as("of an earlier run")
        .contains("healthy unknown not_probed");
    assertThat(instance(row(InstanceState.CRASH_LOOPING, false, null)))
        .isEqualTo(
            """
            started true running
            ready false not_running
            healthy unknown not_running
            crash_looping true crash_loop_back_off: web-a exited with code 3, restarted 4 times; it last printed: cannot go on
            """);
    for (InstanceState state : InstanceState.values()) {
      assertThat(instance(row(state, false, null)).lines()).as(state.id()).hasSize(4);
    }
  }

  @Test
  void whileItsRuntimeIsAwayNobodyKnows() {
    away = Map.of("docker", "runtime docker is away: no engine");
    InstanceRecord row = row(InstanceState.RUNNING, true, null);
    List<ProbeRecord> passing = List.of(probe(ProbeRecord.State.PASSING, NOW));
    assertThat(deployment(desired(1), null, RolloutRecord.State.COMPLETE, passing, row))
        .contains("available unknown runtime_away: runtime docker is away: no engine")
        .contains("healthy unknown runtime_away: runtime docker is away: no engine");
    assertThat(instance(row))
        .contains("started unknown runtime_away: runtime docker is away: no engine")
        .contains("healthy unknown runtime_away: runtime docker is away: no engine");
    assertThat(instance(row(InstanceState.STOPPED, false, null))).contains("started false stopped");
  }

  @Test
  void whatIsAsItWasKeepsItsTime() {
    Condition before =
        new Condition(
            Condition.Type.READY,
            Condition.Status.FALSE,
            "not_running",
            null,
            NOW.minusSeconds(60),
            1);
    Condition same =
        new Condition(Condition.Type.READY, Condition.Status.FALSE, "not_ready", "x", NOW, 2);
    Condition other = new Condition(Condition.Type.READY, Condition.Status.TRUE, "r", null, NOW, 2);
    assertThat(Conditions.since(List.of(before), List.of(same)))
        .containsExactly(same.since(before.since()));
    assertThat(Conditions.since(List.of(before), List.of(other))).containsExactly(other);
    assertThat(Conditions.since(List.of(), List.of(other))).containsExactly(other);
  }
}
