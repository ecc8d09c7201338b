package io.gyre.runtime.host.instance;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.ContentRef;
import io.gyre.model.Contents;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.NetworkMode;
import io.gyre.model.ProcessSpec;
import io.gyre.model.Resources;
import io.gyre.model.WorkloadKind;
import io.gyre.runtime.host.instance.EnvironmentPlan.Origin;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class EnvironmentPlanTest {
  private static final ContentRef SECRET = ContentRef.secret("s");
  private static final ContentRef CONFIG = ContentRef.config("c");

  private static DeploymentSpec spec(Map<String, String> environment, Contents contents) {
    return new DeploymentSpec(
        "process",
        WorkloadKind.WORKER,
        null,
        new ProcessSpec(List.of("/bin/true"), null, null, "TERM", Duration.ofSeconds(1)),
        environment,
        List.of(),
        List.of(),
        Map.of(),
        Resources.NONE,
        List.of(),
        NetworkMode.BRIDGE,
        contents);
  }

  @Test
  void theLaterOneWinsAndWhatIsWrittenWinsOverAll() {
    Contents contents =
        new Contents(
            null,
            null,
            Map.of("E", new Contents.Entry(SECRET, "x")),
            List.of(
                new Contents.All(SECRET, ""),
                new Contents.All(CONFIG, ""),
                new Contents.All(SECRET, "P_")),
            Map.of());
    assertThat(
            EnvironmentPlan.of(
                spec(Map.of("C", "written"), contents),
                content -> content.equals(SECRET) ? List.of("A", "B") : List.of("B", "C", "E")))
        .isEqualTo(
            Map.of(
                "A", new Origin.Entry(SECRET, "A"),
                "B", new Origin.Entry(CONFIG, "B"),
                "C", new Origin.Text("written"),
                "E", new Origin.Entry(SECRET, "x"),
                "P_A", new Origin.Entry(SECRET, "A"),
                "P_B", new Origin.Entry(SECRET, "B")));
  }
}
