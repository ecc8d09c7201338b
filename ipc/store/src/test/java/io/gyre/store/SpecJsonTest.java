package io.gyre.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.model.ContainerSpec;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.GyreException;
import io.gyre.model.HealthCheck;
import io.gyre.model.HealthCheck.OnFailure;
import io.gyre.model.HealthCheck.Probe;
import io.gyre.model.NetworkMode;
import io.gyre.model.PortMapping;
import io.gyre.model.ProcessSpec;
import io.gyre.model.PullPolicy;
import io.gyre.model.Resources;
import io.gyre.model.VolumeMount;
import io.gyre.model.WorkloadKind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SpecJsonTest {
  private static final String PLAIN_JSON =
      "{\"kind\":\"WORKER\",\"network\":\"BRIDGE\",\"process\":{\"argv\":[\"/bin/true\"],"
          + "\"stopGrace\":\"PT10S\",\"stopSignal\":\"TERM\"},\"runtime\":\"process\"}";

  /** A changed text is a changed hash: every stored deployment would get a new revision. */
  @Test
  void goldenText() throws IOException {
    assertThat(SpecJson.write(Samples.PLAIN)).isEqualTo(PLAIN_JSON);
    assertThat(SpecJson.write(Samples.FULL)).isEqualTo(golden());
    assertThat(SpecJson.hash(Samples.PLAIN))
        .isEqualTo("7c1ce7da8f4a2cbf1c727dafb178ea962c0d88b2d26f76cfea67699698904b54");
  }

  @Test
  void roundTrip() {
    assertThat(SpecJson.read(SpecJson.write(Samples.FULL))).isEqualTo(Samples.FULL);
    assertThat(SpecJson.read(SpecJson.write(Samples.PLAIN))).isEqualTo(Samples.PLAIN);
  }

  @Test
  void hashTellsSpecsApart() {
    DeploymentSpec other = Samples.process("/bin/true", "");
    assertThat(SpecJson.hash(other)).isNotEqualTo(SpecJson.hash(Samples.PLAIN));
    assertThat(SpecJson.hash(SpecJson.read(SpecJson.write(other)))).isEqualTo(SpecJson.hash(other));
  }

  @Test
  void whatANewerVersionAddedIsIgnored() {
    String newer =
        PLAIN_JSON
            .replaceFirst("\\{", "{\"affinity\":{\"zones\":[1,2.5,true,null,{\"a\":[]}]},")
            .replace("\"argv\"", "\"nice\":5,\"argv\"");
    assertThat(SpecJson.read(newer)).isEqualTo(Samples.PLAIN);
  }

  @Test
  void whatAnOlderVersionLeftOutIsTheDefault() {
    String older =
        "{\"runtime\":\"docker\",\"container\":{\"image\":\"a\"},"
            + "\"volumes\":[{\"type\":\"BIND\",\"source\":\"/a\",\"destination\":\"/b\"}],"
            + "\"ports\":[{\"published\":1,\"target\":2}],"
            + "\"healthChecks\":[{\"probe\":{\"type\":\"tcp\"}}]}";
    assertThat(SpecJson.read(older))
        .isEqualTo(
            new DeploymentSpec(
                "docker",
                WorkloadKind.WORKER,
                new ContainerSpec("a", List.of(), PullPolicy.IF_NOT_PRESENT, null, false),
                null,
                Map.of(),
                List.of(new VolumeMount(VolumeMount.Type.BIND, "/a", null, "/b", false)),
                List.of(new PortMapping(1, 2, "0.0.0.0", PortMapping.Protocol.TCP)),
                Map.of(),
                Resources.NONE,
                List.of(
                    new HealthCheck(
                        new Probe.Tcp(0),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(5),
                        1,
                        OnFailure.RESTART,
                        false,
                        Duration.ZERO,
                        Duration.ZERO)),
                NetworkMode.BRIDGE));
    assertThat(SpecJson.read("{\"runtime\":\"process\",\"process\":{\"argv\":[\"a\"]}}").process())
        .isEqualTo(new ProcessSpec(List.of("a"), null, null, "TERM", Duration.ofSeconds(10)));
  }

  @Test
  void whatMakesNoSenseIsReported() {
    for (String damaged :
        List.of(
            "",
            "{",
            "[]",
            "null",
            "{}",
            PLAIN_JSON + "{}",
            "{\"runtime\":\"process\"}",
            PLAIN_JSON.replace("WORKER", "SWARM"),
            PLAIN_JSON.replace("[\"/bin/true\"]", "[1]"),
            PLAIN_JSON.replace("PT10S", "10 s"))) {
      assertThatThrownBy(() -> SpecJson.read(damaged))
          .as(damaged)
          .isInstanceOfSatisfying(
              GyreException.class, e -> assertThat(e.code()).isEqualTo("store.spec_unreadable"));
    }
  }

  private static String golden() throws IOException {
    try (InputStream in = SpecJsonTest.class.getResourceAsStream("full-spec.json")) {
      assertThat(in).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }
}
