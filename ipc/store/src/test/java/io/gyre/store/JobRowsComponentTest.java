package io.gyre.store;

import static io.gyre.store.Samples.NOW;
import static io.gyre.store.Samples.WEB;
import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.BootTime;
import io.gyre.model.Component;
import io.gyre.model.DeploymentKey;
import io.gyre.model.InstanceId;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobPolicy;
import io.gyre.model.JobRecord;
import io.gyre.model.JobRequest;
import io.gyre.model.JobRun;
import io.gyre.model.JobSchedule;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is stored of jobs is read back as it was. */
final class JobRowsComponentTest {
  private static final DeploymentKey OTHER = new DeploymentKey("shop", "web-2");
  private static final JobPolicy POLICY =
      new JobPolicy(
          3,
          2,
          0,
          Duration.ofMillis(1500),
          Duration.ofHours(2),
          Duration.ofMinutes(90),
          4,
          new JobSchedule(
              "*/5 * * * *",
              "Europe/Berlin",
              JobSchedule.Concurrency.REPLACE,
              Duration.ofMinutes(10),
              true));

  private Store api;
  private Store reconciler;

  @BeforeEach
  void open(@TempDir Path directory) {
    api = Store.open(directory.resolve("gyre.db"), Component.API, Samples.CLOCK);
    reconciler = Store.open(directory.resolve("gyre.db"), Component.RECONCILER, Samples.CLOCK);
  }

  @AfterEach
  void close() {
    reconciler.close();
    api.close();
  }

  private static JobRun run(DeploymentKey key, long number, @Nullable BootTime clock) {
    boolean full = clock != null;
    return new JobRun(
        key,
        "u-1",
        number,
        2,
        full ? JobRun.Trigger.SCHEDULE : JobRun.Trigger.REVISION,
        full ? "ann" : "",
        full ? 7 : 0,
        full ? NOW : null,
        full ? POLICY : JobPolicy.DEFAULT,
        full ? JobRun.State.TIMED_OUT : JobRun.State.PENDING,
        NOW,
        full ? NOW : null,
        clock,
        full ? NOW.plusMillis(1) : null,
        full ? -1 : null,
        full ? "timed_out" : null,
        full ? "it ran longer" : null,
        "c-1");
  }

  private static JobAttempt attempt(DeploymentKey key, long run, int number) {
    JobAttempt active =
        new JobAttempt(
            key,
            run,
            number,
            1,
            new InstanceId("web-" + run + number),
            JobAttempt.State.ACTIVE,
            NOW,
            null,
            null,
            null);
    return number == 1 ? active : active.ended(JobAttempt.State.FAILED, NOW, 3, "no");
  }

  @Test
  void runsAndAttempts() {
    JobRecord job = new JobRecord(WEB, "u-1", 2, 1, 9, "*/5 * * * *", NOW);
    JobRun last = run(WEB, 2, new BootTime("b", 42));
    reconciler
        .observed()
        .run(
            tx -> {
              tx.putJob(new JobRecord(WEB, "u-0", 0, 0, 0, "", null));
              tx.putJob(job);
              tx.putJob(new JobRecord(OTHER, "u-1", 1, 1, 0, "", null));
              tx.putJobRun(run(WEB, 1, null));
              tx.putJobRun(run(WEB, 2, null));
              tx.putJobRun(last);
              tx.putJobRun(run(OTHER, 1, null));
              tx.putJobAttempt(attempt(WEB, 1, 1));
              tx.putJobAttempt(attempt(WEB, 1, 2));
              tx.putJobAttempt(attempt(WEB, 2, 1));
            });
    assertThat(api.read().job(WEB)).contains(job);
    assertThat(api.read().jobRuns(WEB)).containsExactly(run(WEB, 1, null), last);
    assertThat(api.read().lastJobRuns("shop")).containsExactly(last, run(OTHER, 1, null));
    assertThat(api.read().lastJobRuns("none")).isEmpty();
    assertThat(api.read().jobAttempts(WEB))
        .containsExactly(attempt(WEB, 1, 1), attempt(WEB, 1, 2), attempt(WEB, 2, 1));
    reconciler.observed().run(tx -> tx.removeJobRun(WEB, 1));
    assertThat(api.read().jobRuns(WEB)).containsExactly(last);
    assertThat(api.read().jobAttempts(WEB)).containsExactly(attempt(WEB, 2, 1));
    reconciler.observed().run(tx -> tx.removeJob(WEB));
    assertThat(api.read().job(WEB)).isEmpty();
    assertThat(api.read().jobRuns(WEB)).isEmpty();
    assertThat(api.read().jobAttempts(WEB)).isEmpty();
    assertThat(api.read().jobRuns(OTHER)).hasSize(1);
  }

  private static JobRequest request(long seq, JobRequest.Kind kind) {
    return new JobRequest(seq, WEB, "u-1", kind, seq, "ann", NOW, "c-" + seq);
  }

  @Test
  void requestsGoOnceTheyAreAnswered() {
    api.desired()
        .run(
            tx -> {
              assertThat(tx.addJobRequest(request(1, JobRequest.Kind.RUN))).isEqualTo(1);
              assertThat(tx.addJobRequest(request(2, JobRequest.Kind.CANCEL))).isEqualTo(2);
            });
    assertThat(reconciler.read().jobRequests(WEB, 0))
        .containsExactly(request(1, JobRequest.Kind.RUN), request(2, JobRequest.Kind.CANCEL));
    assertThat(reconciler.read().jobRequests(WEB, 1)).hasSize(1);
    reconciler.observed().run(tx -> tx.putJob(new JobRecord(WEB, "u-1", 0, 0, 2, "", null)));
    api.desired()
        .run(tx -> assertThat(tx.addJobRequest(request(3, JobRequest.Kind.RUN))).isEqualTo(3));
    assertThat(reconciler.read().jobRequests(WEB, 0))
        .containsExactly(request(3, JobRequest.Kind.RUN));
  }

  @Test
  void policies() {
    assertThat(JobJson.read(JobJson.write(POLICY))).isEqualTo(POLICY);
    assertThat(JobJson.read(JobJson.write(JobPolicy.DEFAULT))).isEqualTo(JobPolicy.DEFAULT);
    assertThat(JobJson.read(JobJson.write(null))).isNull();
    assertThat(JobJson.read("{\"later\":1}"))
        .as("what an older version wrote, or a newer")
        .isEqualTo(JobPolicy.DEFAULT);
  }
}
