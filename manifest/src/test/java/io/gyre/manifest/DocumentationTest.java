package io.gyre.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.gyre.model.Violation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What the documentation and the examples show is accepted, and every field is documented. */
final class DocumentationTest {
  private static final Pattern FENCE = Pattern.compile("(?ms)^```yaml\\n(.*?)^```$");
  private static final Path PAGE = Fixtures.root().resolve("docs/manifest.md");
  private static final Path JOBS = Fixtures.root().resolve("docs/jobs.md");

  private final Schema schema =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(ManifestSchema.text(), InputFormat.JSON);

  @TestFactory
  Stream<DynamicTest> manifestsOfThePage() {
    List<String> manifests =
        FENCE
            .matcher(Fixtures.file(PAGE) + Fixtures.file(JOBS))
            .results()
            .map(result -> result.group(1))
            .toList();
    assertThat(manifests).hasSizeGreaterThan(3);
    return manifests.stream()
        .map(
            text ->
                DynamicTest.dynamicTest(text.lines().findFirst().orElse(""), () -> accepted(text)));
  }

  @TestFactory
  Stream<DynamicTest> examples() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(Fixtures.root().resolve("examples"))) {
      files = all.filter(file -> file.endsWith("gyre.yaml")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThan(1);
    return files.stream()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    Fixtures.root().relativize(file).toString(),
                    () -> accepted(Fixtures.file(file))));
  }

  private void accepted(String text) {
    assertThat(
            Fixtures.violations(
                List.of(new ManifestSource("m.yaml", text)), Map.of(), Fixtures.HOST))
        .extracting(Violation::text)
        .isEmpty();
    JsonNode json = JsonOf.text(text);
    assertThat(schema.validate(json)).isEmpty();
  }

  @Test
  void everyFieldIsDocumented() {
    String page = Fixtures.file(PAGE);
    Set<String> documented = new TreeSet<>();
    Pattern.compile("(?m)^\\|[^|]*\\|")
        .matcher(page)
        .results()
        .map(MatchResult::group)
        .flatMap(cell -> Pattern.compile("`([^`]+)`").matcher(cell).results())
        .forEach(name -> documented.addAll(List.of(name.group(1).split("\\."))));
    for (Keys keys :
        List.of(
            SourceDecoder.KEYS,
            SourceDecoder.NAMESPACE,
            QuotaDecoder.KEYS,
            DeploymentDecoder.KEYS,
            DeploymentDecoder.NETWORK,
            ContainerDecoder.CONFIG,
            ContainerDecoder.USER,
            ProcessDecoder.KEYS,
            VolumeDecoder.KEYS,
            ContentDecoder.FROM,
            ContentDecoder.ON_CHANGE,
            ContentDecoder.REFERENCE,
            ContentDecoder.ENTRY,
            PortDecoder.KEYS,
            ResourceDecoder.KEYS,
            ResourceDecoder.AMOUNTS,
            HealthCheckDecoder.KEYS,
            RolloutDecoder.KEYS,
            JobDecoder.KEYS,
            JobDecoder.SCHEDULE,
            AutoscaleDecoder.KEYS,
            DependencyDecoder.KEYS,
            ConfigDecoder.KEYS)) {
      assertThat(documented).containsAll(keys.known());
    }
  }
}
