package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an API leaves that was killed within a change; and what it had loaded by then. */
final class KilledComponentTest {
  private static final Pattern TLS =
      Pattern.compile(
          " (io\\.gyre\\.api\\.tls\\.|org\\.eclipse\\.jetty\\.util\\.ssl\\.|sun\\.security\\.ssl\\.)");

  @TempDir Path root;

  private int run(String name, String failpoint) throws Exception {
    Path failpoints = Files.createDirectories(root.resolve("failpoints"));
    Files.writeString(failpoints.resolve(failpoint), "kill");
    return ApiProcess.run(
        root.resolve("h"),
        failpoints,
        root.resolve(name + ".classes"),
        root.resolve(name + ".log"),
        "deployments: {%s: {process: {command: x}}}".formatted(name));
  }

  @Test
  void thereIsNoChangeWithoutItsRowAndNoRowWithoutItsChange() throws Exception {
    assertThat(run("lost", "api.apply.before_commit")).as(log("lost")).isEqualTo(ApiProcess.KILLED);
    assertThat(run("kept", "api.apply.committed")).as(log("kept")).isEqualTo(ApiProcess.KILLED);
    try (Api api = new Api(root)) {
      assertThat(api.get("/v1/namespaces/default/deployments/lost").status()).isEqualTo(404);
      assertThat(api.get("/v1/namespaces/default/deployments/kept").status()).isEqualTo(200);
      JsonNode changes = api.get("/v1/audit?kind=change").json().path("items");
      assertThat(changes.findValuesAsText("path").stream().filter("/v1/apply"::equals))
          .as("%s", changes)
          .hasSize(1);
      assertThat(changes.toString()).contains("kept").doesNotContain("lost");
      assertThat(api.get("/v1/audit/check").json().path("whole").asBoolean()).isTrue();
    }
    assertNothingOfTls(root.resolve("kept.classes"));
  }

  private String log(String name) throws Exception {
    return Files.readString(root.resolve(name + ".log"));
  }

  /** It is off, and costs nothing. */
  private static void assertNothingOfTls(Path classes) throws Exception {
    try (Stream<String> lines = Files.lines(classes)) {
      List<String> all = lines.toList();
      assertThat(all).anyMatch(line -> line.contains("io.gyre.api.http.SelfRequest "));
      assertThat(all.stream().filter(line -> TLS.matcher(line).find())).isEmpty();
    }
  }
}
