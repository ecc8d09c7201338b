package io.gyre.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.JobPolicy;
import io.gyre.model.JobRequest;
import io.gyre.model.JobRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs on a real store and bus, with a reconciler that goes and comes. */
final class JobComponentTest {
  private ReconcilerFixture gyre;

  @BeforeEach
  void start(@TempDir Path directory) {
    gyre = new ReconcilerFixture(directory);
  }

  @AfterEach
  void stop() {
    gyre.close();
  }

  private static JobPolicy policy(int retries) {
    return new JobPolicy(1, 1, retries, Duration.ofMillis(50), null, Duration.ofHours(1), 10, null);
  }

  private List<JobRun> runs() {
    return gyre.store().read().jobRuns(ReconcilerFixture.WEB);
  }

  private String states() {
    return runs().stream().map(run -> run.state().id()).collect(Collectors.joining(" "));
  }

  private InstanceId awaitRunning(int attempt) {
    gyre.await(
        () ->
            gyre.rows().size() == attempt
                && gyre.rows().stream().anyMatch(row -> row.state().id().equals("running")),
        "attempt " + attempt + " runs");
    return gyre.rows().stream()
        .filter(row -> row.state().id().equals("running"))
        .map(InstanceRecord::id)
        .findFirst()
        .orElseThrow();
  }

  private long starts() {
    return gyre.commands().stream().filter(Message.StartInstance.class::isInstance).count();
  }

  @Test
  void runsOnceOverEveryRestartOfTheReconciler() {
    gyre.wantJob("migrate", policy(1));
    InstanceId id = awaitRunning(1);
    gyre.restartReconciler();
    gyre.stopReconciler();
    gyre.end(id, 0);
    gyre.startReconciler();
    gyre.awaitPhase("completed 1/1");
    gyre.restartReconciler();
    gyre.wantJob("migrate", policy(5));
    gyre.await(
        () ->
            gyre.status() != null
                && gyre.status().observedGeneration() == 2
                && gyre.phase().equals("completed 1/1"),
        "the new policy is seen");
    assertThat(states()).isEqualTo("succeeded");
    assertThat(gyre.rows()).hasSize(1);
    assertThat(starts()).isEqualTo(1);
  }

  @Test
  void anEndThatComesAgainCountsOnce() {
    gyre.wantJob("migrate", policy(1));
    InstanceId first = awaitRunning(1);
    gyre.end(first, 3, "no such table");
    gyre.report();
    gyre.report();
    InstanceId second = awaitRunning(2);
    gyre.restartReconciler();
    gyre.report();
    gyre.end(second, 4, "no such column");
    gyre.await(() -> states().equals("failed"), "the run fails");
    JobRun run = runs().getFirst();
    assertThat(run.exitCode()).isEqualTo(4);
    assertThat(run.message()).contains("attempt 2", "code 4", "no such column");
    assertThat(gyre.rows()).hasSize(2);
    assertThat(gyre.reasons())
        .containsOnlyOnce("job_run_started", "job_run_failed", "deployment_failed")
        .filteredOn("job_attempt_failed"::equals)
        .hasSize(2);
  }

  @Test
  void aCancelledRunIsStoppedAndKept() {
    gyre.wantJob("migrate", policy(1));
    awaitRunning(1);
    gyre.ask(JobRequest.Kind.CANCEL);
    gyre.awaitPhase("stopped 0/1");
    gyre.await(() -> gyre.row().lastExit() != null, "its end is seen");
    assertThat(gyre.row().state().id()).isEqualTo("exited");
    assertThat(gyre.commands()).hasAtLeastOneElementOfType(Message.StopInstance.class);
    assertThat(states()).isEqualTo("cancelled");
    gyre.ask(JobRequest.Kind.RUN);
    gyre.end(awaitRunning(2), 0);
    gyre.await(() -> states().equals("cancelled succeeded"), "the second run succeeds");
    assertThat(runs().getLast().by()).isEqualTo("me");
    gyre.delete();
    gyre.await(
        () -> gyre.told().stream().anyMatch(Message.DeploymentRemoved.class::isInstance),
        "all of it is gone");
    assertThat(runs()).isEmpty();
  }

  @Test
  void whatWasLostOnTheWayIsCommandedAgain() {
    gyre.deaf = true;
    gyre.wantJob("migrate", policy(0));
    gyre.await(() -> starts() == 1, "it is commanded");
    gyre.deaf = false;
    gyre.restartReconciler();
    gyre.end(awaitRunning(1), 0);
    gyre.awaitPhase("completed 1/1");
    assertThat(states()).isEqualTo("succeeded");
  }
}
