package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.api.Api.Answer;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.InstanceId;
import io.gyre.model.JobAttempt;
import io.gyre.model.JobPolicy;
import io.gyre.model.JobRecord;
import io.gyre.model.JobRequest;
import io.gyre.model.JobRun;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JobComponentTest {
  private static final DeploymentKey JOB = new DeploymentKey("default", "job");
  private static final String PATH = "/v1/namespaces/default/deployments/job";
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  @TempDir Path root;
  private Api api;

  @BeforeEach
  void start() throws Exception {
    api = new Api(root);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private Answer apply(String word, String more) throws Exception {
    return api.apply(
        "deployments: {job: {kind: job, process: {command: sleep, args: ['%s']}%s}}"
            .formatted(word, more));
  }

  private Answer post(String path) throws Exception {
    return api.send(api.request(path).POST(BodyPublishers.noBody()).build());
  }

  private DesiredDeployment wanted() {
    return api.observed.read().deployment(JOB).orElseThrow();
  }

  private List<JobRequest> requests() {
    return api.observed.read().jobRequests(JOB, 0);
  }

  /** As the reconciler records it. */
  private void run(long number, JobRun.State state) {
    JobRun run =
        new JobRun(
            JOB,
            wanted().uid(),
            number,
            1,
            JobRun.Trigger.REQUEST,
            "ann",
            number,
            null,
            JobPolicy.DEFAULT,
            state,
            NOW,
            NOW,
            null,
            state.ended() ? NOW : null,
            state.ended() ? 3 : null,
            null,
            null,
            "c-run");
    JobAttempt attempt =
        new JobAttempt(
            JOB,
            number,
            1,
            0,
            new InstanceId("job-" + number),
            JobAttempt.State.ACTIVE,
            NOW,
            null,
            null,
            null);
    api.observed
        .observed()
        .run(
            tx -> {
              tx.putJob(new JobRecord(JOB, wanted().uid(), number, 1, 0, "", null));
              tx.putJobRun(run);
              tx.putJobAttempt(
                  state.ended() ? attempt.ended(JobAttempt.State.FAILED, NOW, 3, "no") : attempt);
            });
  }

  @Test
  void aPolicyIsNoPartOfARevision() throws Exception {
    assertThat(apply("1", "").status()).isEqualTo(200);
    JsonNode change =
        apply("1", ", job: {retries: 7}, schedule: '@daily'").json().path("changes").path(0);
    assertThat(change.path("action").asText()).isEqualTo("update");
    assertThat(change.path("fields").toString()).contains("job.retries", "7", "schedule.cron");
    assertThat(change.has("replicas")).isFalse();
    assertThat(wanted().revision()).isEqualTo(1);
    assertThat(wanted().jobPolicy().retries()).isEqualTo(7);
    assertThat(
            apply("1", ", job: {retries: 7}, schedule: '@daily'")
                .json()
                .path("changes")
                .path(0)
                .path("action")
                .asText())
        .isEqualTo("unchanged");
    JsonNode job = api.get(PATH).json().path("job");
    assertThat(job.path("schedule").path("cron").asText()).isEqualTo("@daily");
    assertThat(Instant.parse(job.path("next_run_at").asText())).isAfter(Instant.now());
    assertThat(apply("2", ", job: {retries: 7}").json().toString()).contains("it runs anew");
    assertThat(wanted().revision()).isEqualTo(2);
  }

  @Test
  void runsAreAskedForAndCancelled() throws Exception {
    apply("1", "");
    long generation = wanted().generation();
    Answer asked = post(PATH + "/runs");
    assertThat(asked.status()).isEqualTo(202);
    assertThat(asked.json().path("request").asLong()).isEqualTo(1);
    assertThat(wanted().generation()).isEqualTo(generation + 1);
    assertThat(requests()).extracting(JobRequest::kind).containsExactly(JobRequest.Kind.RUN);
    assertThat(requests().getFirst().actor()).isEqualTo("token:admin");
    assertThat(api.observed.read().changes(JOB, null, 1).getFirst().verb()).isEqualTo("run");
    run(1, JobRun.State.FAILED);
    run(2, JobRun.State.RUNNING);
    JsonNode runs = api.get(PATH + "/runs").json().path("items");
    assertThat(runs).hasSize(2);
    assertThat(runs.path(0).path("exit_code").asInt()).isEqualTo(3);
    assertThat(runs.path(0).path("failed").asInt()).isEqualTo(1);
    assertThat(api.get(PATH + "/runs?request=2").json().path("items")).hasSize(1);
    JsonNode attempt = api.get(PATH + "/runs/1").json().path("attempts").path(0);
    assertThat(attempt.path("instance").asText()).isEqualTo("job-1");
    assertThat(post(PATH + "/runs/1/cancel").json().path("state").asText()).isEqualTo("failed");
    assertThat(requests()).as("it has ended").hasSize(1);
    assertThat(post(PATH + "/runs/2/cancel").status()).isEqualTo(202);
    assertThat(requests().getLast().run()).isEqualTo(2);
    assertThat(api.get("/v1/deployments").json().path("items").path(0).path("job").toString())
        .contains("\"number\":2");
    assertThat(post(PATH + "/runs/9/cancel").status()).isEqualTo(404);
    assertThat(post(PATH + "/runs/x/cancel").status()).isEqualTo(422);
  }

  @Test
  void whatDoesNotFitAJobIsRefused() throws Exception {
    apply("1", "");
    assertThat(api.post(PATH + "/scale", "{\"replicas\":2}").code())
        .isEqualTo("deployment.job.unsupported");
    for (String path : List.of("/restart", "/rollout/pause", "/rollout/resume")) {
      assertThat(post(PATH + path).code()).isEqualTo("deployment.job.unsupported");
    }
    Answer kind = api.apply("deployments: {job: {process: {command: sleep, args: ['1']}}}");
    assertThat(kind.response().body()).contains("deployment.kind.changed", "is a job");
    Answer condition =
        api.apply(
            "deployments: {web: {process: {command: x}, depends_on: [job]},"
                + " api: {process: {command: x}, depends_on: {web: {condition: completed}}}}");
    assertThat(condition.response().body())
        .contains("deployment.depends_on.job", "deployment.depends_on.worker");
    assertThat(api.apply("deployments: {web: {process: {command: sleep}}}").status())
        .isEqualTo(200);
    assertThat(post("/v1/namespaces/default/deployments/web/runs").code())
        .isEqualTo("deployment.not_a_job");
    assertThat(api.get("/v1/namespaces/default/deployments/web/runs").status()).isEqualTo(422);
    assertThat(api.get("/v1/namespaces/default/deployments/none/runs").status()).isEqualTo(404);
  }
}
