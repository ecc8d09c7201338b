package io.gyre.manifest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.gyre.model.Violation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The schema and the parser agree: on the full example, and on every document that is one step away
 * from it (each key misspelt or removed, each value replaced by one of another type).
 */
final class SchemaAgreementTest {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Map<String, String> VARIABLES = Map.of("GREETING", "hi", "N", "2");

  /** The last parts of codes of rules that a schema cannot say, or not without repeating itself. */
  private static final Set<String> BEYOND_SCHEMA =
      Set.of(
          "duplicate",
          "runtime_unsupported",
          "replicas_conflict",
          "ports_conflict",
          "shared_rw_replicas",
          "above_limit",
          "not_found",
          "mismatch",
          "readiness_conflict",
          "self",
          "stuck",
          "strategy_conflict",
          "recreate_conflict",
          "kind_conflict",
          "autoscale_conflict",
          "below_min",
          "request_missing",
          "port_without_shell");

  /** Whole codes of the same kind: these depend on the runtime or on more than one block. */
  private static final Set<String> BEYOND_SCHEMA_CODES =
      Set.of(
          "deployment.runtime.unsupported",
          "deployment.image.required",
          "deployment.image.invalid",
          "deployment.health_checks.port.required",
          "deployment.name.invalid",
          "deployment.schedule.invalid",
          "deployment.schedule.cron.invalid",
          "deployment.schedule.time_zone.invalid",
          "deployment.volumes.source.invalid",
          "deployment.process.stop_signal.invalid");

  private final Schema schema =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(ManifestSchema.text(), InputFormat.JSON);

  private final List<String> disagreements = new ArrayList<>();
  private int accepted;
  private int refused;

  @Test
  void fullExampleIsAccepted() {
    assertThat(schema.validate(full())).isEmpty();
    assertThat(problems(full())).isEmpty();
  }

  @Test
  void documentsOneStepAway() {
    ObjectNode full = full();
    mutate(full, full);
    assertThat(disagreements).isEmpty();
    assertThat(accepted).as("mutants that both accept").isGreaterThan(100);
    assertThat(refused).as("mutants that both refuse").isGreaterThan(500);
  }

  @Test
  void smallDocuments() {
    List.of(
            "{}",
            "[]",
            "3",
            "{\"x-a\": 1}",
            "{\"namespaces\": {\"a\": null}}",
            "{\"configs\": {\"a\": {\"data\": {}, \"labels\": \"\"}}}",
            "{\"configs\": {\"a\": {\"data\": \"\"}}}",
            "{\"configs\": {\"a\": {\"binary\": {\"k\": \"AP8=\"}}}}",
            "{\"configs\": {\"a\": {\"binary\": {\"k\": 5}}}}",
            "{\"configs\": {\"a\": {\"files\": []}}}",
            "{\"configs\": {\"a\": {\"interpolate\": false}}}",
            "{\"deployments\": {}}",
            "{\"deployments\": {\"a\": {}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\"}}}",
            "{\"deployments\": {\"a\": {\"command\": \"a\"}}}",
            "{\"deployments\": {\"a\": {\"command\": [\"a\"]}}}",
            "{\"deployments\": {\"a\": {\"command\": []}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"command\": []}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"command\": \"b\"}}}",
            "{\"deployments\": {\"a\": {\"command\": \"a\", \"config\": {}}}}",
            "{\"deployments\": {\"a\": {\"process\": {\"command\": \"a\"}, \"command\": \"b\"}}}",
            "{\"deployments\": {\"a\": {\"process\": {\"command\": \"a\"}, \"image\": \"b\"}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"labels\": []}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"autoscale\": {}}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"autoscale\": {\"max\": 2}}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"schedule\": {}}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"kind\": \"job\"}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"kind\": \"cron\"}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"job\": {}}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"environment\": [\"A=1\"]}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"environment\": [\"A\"]}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"environment\": {\"A-B\": 1}}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"replicas\": \"$N\"}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"replicas\": 1001}}}",
            "{\"namespaces\": {\"a\": {\"quota\": {\"instances\": 3, \"memory\": \"4Gi\"}}}}",
            "{\"namespaces\": {\"a\": {\"quota\": {\"instances\": -1}}}}",
            "{\"namespaces\": {\"a\": {\"quota\": {\"cpu\": \"much\"}}}}",
            "{\"namespaces\": {\"a\": {\"quota\": {\"pods\": 1}}}}",
            "{\"namespaces\": {\"a\": {\"quota\": {}}}}",
            "{\"deployments\": {\"a\": {\"image\": \"a\", \"config\": {\"user\": {\"group\": 1}}}}}")
        .forEach(text -> compare(JsonOf.json(text), text));
    assertThat(disagreements).isEmpty();
  }

  @Test
  void sameKeysAsTheParser() {
    JsonNode root = JsonOf.json(ManifestSchema.text());
    JsonNode types = root.path("$defs");
    JsonNode deployment = types.path("deployment");
    assertSameKeys(root, SourceDecoder.KEYS);
    assertSameKeys(deployment, DeploymentDecoder.KEYS);
    assertSameKeys(deployment.path("properties").path("network"), DeploymentDecoder.NETWORK);
    assertSameKeys(deployment.path("properties").path("resources"), ResourceDecoder.KEYS);
    JsonNode config = deployment.path("properties").path("config");
    assertSameKeys(config, ContainerDecoder.CONFIG);
    assertSameKeys(config.path("properties").path("user"), ContainerDecoder.USER);
    assertSameKeys(types.path("amounts"), ResourceDecoder.AMOUNTS);
    assertSameKeys(types.path("process"), ProcessDecoder.KEYS);
    assertSameKeys(types.path("volume"), VolumeDecoder.KEYS);
    assertSameKeys(types.path("envFrom"), ContentDecoder.FROM);
    assertSameKeys(types.path("onConfigChange"), ContentDecoder.ON_CHANGE);
    assertSameKeys(types.path("reference"), ContentDecoder.REFERENCE);
    assertSameKeys(types.path("contentEntry"), ContentDecoder.ENTRY);
    assertSameKeys(types.path("port").path("anyOf").path(1), PortDecoder.KEYS);
    assertSameKeys(types.path("healthCheck"), HealthCheckDecoder.KEYS);
    assertSameKeys(types.path("dependency"), DependencyDecoder.KEYS);
    assertSameKeys(types.path("rollout"), RolloutDecoder.KEYS);
    assertSameKeys(types.path("job"), JobDecoder.KEYS);
    assertSameKeys(types.path("schedule").path("anyOf").path(1), JobDecoder.SCHEDULE);
    assertSameKeys(types.path("autoscale"), AutoscaleDecoder.KEYS);
    assertSameKeys(types.path("config"), ConfigDecoder.KEYS);
    assertSameKeys(types.path("quota"), QuotaDecoder.KEYS);
    assertSameKeys(types.path("namespace").path("anyOf").path(1), SourceDecoder.NAMESPACE);
  }

  private static void assertSameKeys(JsonNode block, Keys keys) {
    Set<String> names = new HashSet<>();
    block.path("properties").fieldNames().forEachRemaining(names::add);
    assertThat(names).containsExactlyInAnyOrderElementsOf(keys.known());
    assertThat(block.path("additionalProperties").asText()).isEqualTo("false");
  }

  /** Tries every mutant of the children of a node of the document, then of theirs. */
  private void mutate(ObjectNode document, JsonNode node) {
    switch (node) {
      case ObjectNode object -> {
        List<String> keys = new ArrayList<>();
        object.fieldNames().forEachRemaining(keys::add);
        for (String key : keys) {
          JsonNode value = object.get(key);
          for (JsonNode other : replacements(value)) {
            object.set(key, other);
            compare(document, key + " -> " + other);
          }
          object.remove(key);
          compare(document, key + " removed");
          object.set(key + "zz", value);
          compare(document, key + " misspelt");
          object.remove(key + "zz");
          object.set(key, value);
          mutate(document, value);
        }
      }
      case ArrayNode array -> {
        for (int i = 0; i < array.size(); i++) {
          JsonNode value = array.get(i);
          for (JsonNode other : replacements(value)) {
            array.set(i, other);
            compare(document, "[" + i + "] -> " + other);
          }
          array.set(i, value);
          mutate(document, value);
        }
      }
      default -> {}
    }
  }

  private static List<JsonNode> replacements(JsonNode value) {
    return List.of(
        JSON.nullNode(),
        JSON.numberNode(7_000_000),
        JSON.numberNode(-3),
        JSON.numberNode(1.5),
        JSON.booleanNode(true),
        JSON.textNode(""),
        JSON.textNode("some text"),
        JSON.textNode("$N"),
        JSON.arrayNode(),
        JSON.arrayNode().add(JSON.objectNode().put("some", "map")),
        JSON.arrayNode().add(value.deepCopy()),
        JSON.objectNode(),
        JSON.objectNode().put("some", "map"));
  }

  private void compare(JsonNode document, String what) {
    List<Violation> problems = problems(document);
    boolean valid = schema.validate(document).isEmpty();
    if (problems.isEmpty() && valid) {
      accepted++;
    } else if (!problems.isEmpty() && !valid) {
      refused++;
    } else if (valid
        && (what.endsWith("\"$N\"")
            || problems.stream().allMatch(SchemaAgreementTest::beyondSchema))) {
      accepted++;
    } else {
      disagreements.add(
          what
              + ": schema "
              + schema.validate(document)
              + ", parser "
              + problems.stream().map(p -> p.text() + " [" + p.code() + "]").toList());
    }
  }

  private static boolean beyondSchema(Violation violation) {
    String code = violation.code();
    return BEYOND_SCHEMA.contains(code.substring(code.lastIndexOf('.') + 1))
        || BEYOND_SCHEMA_CODES.contains(code);
  }

  private static List<Violation> problems(JsonNode document) {
    return Fixtures.violations(
        List.of(new ManifestSource("m.json", document.toString())), VARIABLES, Fixtures.HOST);
  }

  private static ObjectNode full() {
    return (ObjectNode) JsonOf.text(Fixtures.resource("full.yaml"));
  }
}
