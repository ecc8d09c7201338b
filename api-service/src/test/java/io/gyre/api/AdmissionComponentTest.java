package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.gyre.component.GyreConfig;
import io.gyre.model.RuntimeInfo;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What there is no room for is refused, all of it at once; and what namespaces may want. */
final class AdmissionComponentTest {
  @TempDir Path directory;
  private Api api;

  @BeforeEach
  void open() throws Exception {
    api = new Api(directory, new GyreConfig.Admission(8L << 30, -1, 4000, 1));
    api.observed
        .observed()
        .run(
            tx ->
                tx.putRuntime(
                    new RuntimeInfo(
                        "docker",
                        "1",
                        RuntimeInfo.State.READY,
                        null,
                        Set.of("CONTAINER", "CPU_LIMIT", "MEMORY_LIMIT", "NETWORK_ALIAS"),
                        "docker.jar",
                        Instant.EPOCH)));
  }

  @AfterEach
  void close() {
    api.close();
  }

  private static String deployment(String name, int replicas, String resources) {
    return "  %s: { image: nginx, replicas: %d, resources: { %s } }%n"
        .formatted(name, replicas, resources);
  }

  private static List<String> problems(Api.Answer answer) {
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(422);
    assertThat(answer.code()).isEqualTo("admission.refused");
    List<String> problems = new ArrayList<>();
    answer
        .json()
        .path("violations")
        .forEach(
            each ->
                problems.add(each.path("code").asText() + ": " + each.path("message").asText()));
    return problems;
  }

  private JsonNode namespace(String name) throws Exception {
    for (JsonNode each : api.get("/v1/namespaces").json().path("items")) {
      if (each.path("name").asText().equals(name)) {
        return each;
      }
    }
    throw new AssertionError("no namespace " + name);
  }

  @Test
  void whatTheHostHasNoRoomForIsRefusedWithNeedAndHave() throws Exception {
    assertThat(
            api.apply("deployments:\n" + deployment("web", 2, "limits: { memory: 2Gi }")).status())
        .isEqualTo(200);
    String both =
        "deployments:\n"
            + deployment("web", 3, "limits: { memory: 2Gi }")
            + deployment("db", 2, "requests: { memory: 1536Mi, cpu: 2500m }");
    List<String> expected =
        List.of(
            "deployment.resources.insufficient_memory: the host has not enough memory: default/web"
                + " needs 2Gi more for 3 × 2Gi and all of it together 5Gi, 4Gi of 8Gi are free;"
                + " largest: default/web 4Gi",
            "deployment.resources.insufficient_memory: the host has not enough memory: default/db"
                + " needs 3Gi more for 2 × 1.5Gi and all of it together 5Gi, 4Gi of 8Gi are free;"
                + " largest: default/web 4Gi",
            "deployment.resources.insufficient_cpu: the host has not enough CPU: default/db needs 5"
                + " more for 2 × 2.5, 4 of 4 are free");
    assertThat(problems(api.post("/v1/apply?dry_run=true", "application/yaml", both)))
        .isEqualTo(expected);
    assertThat(problems(api.apply(both))).isEqualTo(expected);
    assertThat(api.get("/v1/namespaces/default/deployments/db").status()).isEqualTo(404);
    assertThat(
            problems(api.post("/v1/namespaces/default/deployments/web/scale", "{\"replicas\": 5}")))
        .singleElement()
        .asString()
        .contains("default/web needs 6Gi more for 5 × 2Gi, 4Gi of 8Gi are free");
    assertThat(
            api.post("/v1/namespaces/default/deployments/web/scale", "{\"replicas\": 4}").status())
        .isEqualTo(200);
    JsonNode node = api.get("/v1/node").json();
    assertThat(node.path("requested").path("memory_bytes").asLong()).isEqualTo(8L << 30);
    assertThat(node.path("free").path("memory_bytes").asLong()).isZero();
    assertThat(node.path("largest").get(0).path("name").asText()).isEqualTo("web");
  }

  @Test
  void whatAsksForNothingAndWhatIsLoweredIsNeverRefused() throws Exception {
    api.apply("deployments:\n" + deployment("web", 4, "limits: { memory: 2Gi }"));
    assertThat(api.apply("deployments:\n" + deployment("plain", 100, "")).status()).isEqualTo(200);
    String smaller = "deployments:\n" + deployment("web", 3, "limits: { memory: 2Gi }");
    assertThat(api.apply(smaller).status()).isEqualTo(200);
    String instead =
        "deployments:\n"
            + deployment("web", 1, "limits: { memory: 2Gi }")
            + deployment("db", 1, "limits: { memory: 6Gi }");
    assertThat(api.apply(instead).status())
        .as("what one gives up another may have, in one apply")
        .isEqualTo(200);
    assertThat(api.delete("/v1/namespaces/default/deployments/db").status()).isEqualTo(202);
    assertThat(
            api.apply("deployments:\n" + deployment("next", 3, "limits: { memory: 2Gi }")).status())
        .as("what is being deleted is wanted no more")
        .isEqualTo(200);
  }

  @Test
  void aPlanSaysThatARolloutWillWaitForRoom() throws Exception {
    api.apply("deployments:\n" + deployment("web", 2, "limits: { memory: 4Gi }"));
    String next =
        "deployments:\n  web: { image: \"nginx:2\", replicas: 2, resources: { limits: { memory:"
            + " 4Gi } } }\n";
    JsonNode change = change(api.apply(next));
    assertThat(change.path("reason").asText())
        .isEqualTo(
            "a new instance needs 4Gi beside the old ones and 0 are free: the rollout waits for"
                + " room; with rollout.max_unavailable: 1 or rollout.strategy: recreate it needs"
                + " none");
    JsonNode recreated =
        change(
            api.apply(
                next.replace("nginx:2", "nginx:3")
                    .replace("replicas: 2", "replicas: 2, rollout: { strategy: recreate }")));
    assertThat(recreated.has("reason")).isFalse();
  }

  private static JsonNode change(Api.Answer answer) {
    for (JsonNode each : answer.json().path("changes")) {
      if (each.path("kind").asText().equals("deployment")) {
        return each;
      }
    }
    throw new AssertionError(answer.json().toString());
  }

  @Test
  void aQuotaBoundsItsNamespace() throws Exception {
    String team =
        "namespaces: { team: { quota: { deployments: 2, instances: 3, memory: 4Gi, cpu: 2 } } }\n";
    String web =
        team
            + "deployments:\n  web: { namespace: team, image: nginx, replicas: 2, resources: {"
            + " limits: { memory: 1Gi, cpu: 500m } } }\n";
    assertThat(api.apply(web).status()).isEqualTo(200);
    assertThat(namespace("team").path("quota").path("instances").asLong()).isEqualTo(3);
    assertThat(namespace("team").path("used").path("memory_bytes").asLong()).isEqualTo(2L << 30);
    assertThat(
            problems(
                api.apply(
                    "deployments:\n"
                        + "  db: { namespace: team, image: nginx, replicas: 2, resources: { limits:"
                        + " { memory: 2Gi } } }\n"
                        + "  cache: { namespace: team, image: nginx, resources: { limits: { memory:"
                        + " 1Gi, cpu: 100m } } }\n")))
        .containsExactly(
            "namespace.quota.deployments: the quota of namespace team has not enough deployments:"
                + " team/db needs 1 more and all of it together 2, 1 of 2 are left",
            "namespace.quota.deployments: the quota of namespace team has not enough deployments:"
                + " team/cache needs 1 more and all of it together 2, 1 of 2 are left",
            "namespace.quota.instances: the quota of namespace team has not enough instances:"
                + " team/db needs 2 more and all of it together 3, 1 of 3 are left",
            "namespace.quota.instances: the quota of namespace team has not enough instances:"
                + " team/cache needs 1 more and all of it together 3, 1 of 3 are left",
            "namespace.quota.memory: the quota of namespace team has not enough memory: team/db"
                + " needs 4Gi more for 2 × 2Gi and all of it together 5Gi, 2Gi of 4Gi are left",
            "namespace.quota.memory: the quota of namespace team has not enough memory: team/cache"
                + " needs 1Gi more for 1 × 1Gi and all of it together 5Gi, 2Gi of 4Gi are left",
            "deployment.resources.required: namespace team has a quota of CPU, so team/db must say"
                + " how much it needs: resources.requests.cpu or resources.limits.cpu");
    assertThat(problems(api.post("/v1/namespaces/team/deployments/web/scale", "{\"replicas\": 4}")))
        .containsExactly(
            "namespace.quota.instances: the quota of namespace team has not enough instances:"
                + " team/web needs 2 more, 1 of 3 are left");
  }

  @Test
  void aLowerQuotaStopsNothingAndIsToldOf() throws Exception {
    api.apply(
        "deployments:\n  web: { namespace: team, image: nginx, replicas: 3, resources: {} }\n");
    JsonNode lowered =
        api.apply("namespaces: { team: { quota: { instances: 2 } } }\n").json().path("changes");
    assertThat(lowered.get(0).path("action").asText()).isEqualTo("update");
    assertThat(lowered.get(0).path("reason").asText())
        .isEqualTo(
            "more is in use than the quota allows (instances 3 of 2): nothing is stopped, but"
                + " nothing more is accepted");
    assertThat(lowered.get(0).path("fields").get(0).path("path").asText())
        .isEqualTo("quota.instances");
    assertThat(problems(api.post("/v1/namespaces/team/deployments/web/scale", "{\"replicas\": 4}")))
        .hasSize(1);
    assertThat(api.post("/v1/namespaces/team/deployments/web/scale", "{\"replicas\": 1}").status())
        .isEqualTo(200);
    assertThat(api.apply("namespaces: { team: {} }\n").status()).isEqualTo(200);
    assertThat(namespace("team").has("quota")).as("declared without one").isFalse();
  }
}
