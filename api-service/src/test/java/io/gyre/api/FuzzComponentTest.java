package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Asks for everything that the description of the API declares, in ways that are right, nearly
 * right and wrong, and holds every answer against the description. {@code -Dgyre.fuzz.seed} repeats
 * a run, {@code -Dgyre.fuzz.seconds} and {@code -Dgyre.fuzz.requests} make longer ones.
 */
final class FuzzComponentTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What is answered where a part that the test lacks is away, or nothing may be said. */
  private static final Set<Integer> DECLARED_FAILURES = Set.of(502, 503, 504);

  private static final List<String> NONSENSE =
      List.of(
          "",
          " ",
          "-1",
          "0",
          "9223372036854775808",
          "1e400",
          "NaN",
          "true",
          "null",
          "%",
          "%00",
          "..",
          "../../etc/passwd",
          "a/b",
          "ü€😀",
          "\u0000",
          "'; DROP TABLE audit; --",
          "${jndi:ldap://x}",
          "{{7*7}}",
          "<script>",
          "A".repeat(300),
          "2030-13-45T99:99:99Z",
          "\ud800");

  /** Says names of classes of its own; tells an admin where the keys come from. */
  private static final Set<String> TELLING = Set.of("/v1/openapi.json", "/v1/keys");

  @TempDir Path root;

  private record Operation(String method, String path, JsonNode declared) {}

  private final Random random = new Random(0);
  private JsonNode document = JsonNodeFactory.instance.objectNode();
  private Shape shape = new Shape(document);
  private String instance = "";

  @Test
  void nothingThatIsAskedForBreaksIt() throws Exception {
    long seed = Long.getLong("gyre.fuzz.seed", new Random().nextInt(1_000_000));
    int requests = Integer.getInteger("gyre.fuzz.requests", 1200);
    Duration most = Duration.ofSeconds(Integer.getInteger("gyre.fuzz.seconds", 7));
    System.out.println("fuzz: -Dgyre.fuzz.seed=" + seed);
    random.setSeed(seed);
    try (Api api = new Api(root)) {
      assertThat(api.apply("deployments: {web: {process: {command: x}, replicas: 2}}").status())
          .isEqualTo(200);
      instance = api.instance("web", "aaaaaa", "c-1").value();
      document = api.get("/v1/openapi.json").json();
      shape = new Shape(document);
      List<Operation> operations = operations();
      int threads = Thread.activeCount();
      Map<String, Integer> statuses = new TreeMap<>();
      List<String> wrong = new ArrayList<>();
      int all = 3 * operations.size();
      long end = System.nanoTime() + most.toNanos();
      int asked = 0;
      for (int i = 0; i < requests && wrong.size() < 10; i++) {
        if (i >= all && System.nanoTime() > end) {
          break;
        }
        asked++;
        // Each some times, in turn, and then at random, as long as there is time.
        Operation operation =
            i < all
                ? operations.get(i % operations.size())
                : operations.get(random.nextInt(operations.size()));
        ask(api, operation, statuses, wrong);
      }
      assertThat(wrong).as("seed " + seed).isEmpty();
      // It must have come to answer requests, not only to refuse them.
      assertThat(statuses.getOrDefault("2", 0)).as("%s", statuses).isGreaterThan(asked / 10);
      assertThat(statuses.getOrDefault("4", 0)).as("%s", statuses).isGreaterThan(asked / 10);
      Api.await(() -> api.streams() == 0, "no stream is open any more");
      Api.await(() -> Thread.activeCount() <= threads + 5, "threads have ended");
      assertThat(api.get("/v1/audit/check").json().path("whole").asBoolean()).isTrue();
      assertThat(api.get("/v1/status").json().path("database_ok").asBoolean()).isTrue();
    }
  }

  private List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    document
        .path("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        each ->
                            operations.add(
                                new Operation(
                                    each.getKey().toUpperCase(Locale.ROOT),
                                    path.getKey(),
                                    each.getValue()))));
    return operations;
  }

  private void ask(Api api, Operation operation, Map<String, Integer> statuses, List<String> wrong)
      throws Exception {
    String target = target(operation);
    HttpRequest.Builder request = api.request(target).timeout(Duration.ofSeconds(20));
    for (JsonNode parameter : operation.declared().path("parameters")) {
      if (parameter.path("in").asText().equals("header") && random.nextInt(4) == 0) {
        request.header(parameter.path("name").asText(), random.nextBoolean() ? "0" : "nonsense");
      }
    }
    boolean stream = random.nextInt(8) == 0;
    if (stream) {
      request.header("Accept", "text/event-stream");
    }
    String body = body(operation, request);
    request.method(
        operation.method(), body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    String what = operation.method() + " " + target + (body == null ? "" : " " + cut(body));
    HttpResponse<InputStream> response = send(api, request.build());
    String type = response.headers().firstValue("Content-Type").orElse("");
    int status = response.statusCode();
    statuses.merge(Integer.toString(status / 100), 1, Integer::sum);
    if (type.startsWith("text/event-stream") || type.startsWith("application/octet-stream")) {
      // Without end: its client goes away.
      response.body().close();
      checkDeclared(operation, what, status, type, null, wrong);
      return;
    }
    try (InputStream in = response.body()) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      checkDeclared(operation, what, status, type, text, wrong);
    }
  }

  /** Once more where the connection had been idle for so long that its end crossed the request. */
  private static HttpResponse<InputStream> send(Api api, HttpRequest request) throws Exception {
    try {
      return api.client().send(request, BodyHandlers.ofInputStream());
    } catch (IOException e) {
      return api.client().send(request, BodyHandlers.ofInputStream());
    }
  }

  private void checkDeclared(
      Operation operation,
      String what,
      int status,
      String type,
      @Nullable String text,
      List<String> wrong)
      throws IOException {
    String line = what + " -> " + status + " " + type + (text == null ? "" : " " + cut(text));
    if (status >= 500 && !DECLARED_FAILURES.contains(status)) {
      wrong.add(line);
      return;
    }
    if (text != null) {
      for (String leak : List.of("Exception", "\tat ", "io.gyre.", "jackson", root.toString())) {
        if (text.contains(leak) && !TELLING.contains(operation.path())) {
          wrong.add("tells of \"" + leak + "\": " + line);
        }
      }
    }
    JsonNode responses = operation.declared().path("responses");
    JsonNode declared = shape.resolve(responses.path(Integer.toString(status)));
    if (declared.isMissingNode()) {
      if (status < 400) {
        wrong.add("an undeclared status: " + line);
        return;
      }
      declared = shape.resolve(responses.path("default"));
    }
    JsonNode content = declared.path("content");
    if (content.isEmpty()) {
      if (text != null && !text.isEmpty()) {
        wrong.add("an undeclared body: " + line);
      }
      return;
    }
    String plain = type.replaceFirst(";.*", "");
    if (!content.has(plain)) {
      wrong.add("an undeclared type: " + line);
    } else if (plain.endsWith("json") && text != null) {
      List<String> problems =
          shape.problems(JSON.readTree(text), content.path(plain).path("schema"));
      if (!problems.isEmpty()) {
        wrong.add(problems + ": " + line);
      }
    }
  }

  private static String cut(String text) {
    return text.length() > 300 ? text.substring(0, 300) + "…" : text;
  }

  private String target(Operation operation) {
    String path = operation.path();
    StringBuilder query = new StringBuilder();
    for (JsonNode parameter : operation.declared().path("parameters")) {
      String name = parameter.path("name").asText();
      switch (parameter.path("in").asText()) {
        case "path" -> path = path.replace("{" + name + "}", encoded(pathValue(operation, name)));
        case "query" -> {
          if (random.nextInt(4) == 0) {
            query.append(query.isEmpty() ? "?" : "&").append(name).append('=');
            query.append(encoded(queryValue(name)));
          }
        }
        default -> {
          // Headers come with the request.
        }
      }
    }
    return path + query;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  private String pathValue(Operation operation, String name) {
    // What lives is not to be removed at once, and commands wait for a host that isn't there.
    boolean spare = operation.method().equals("DELETE") || operation.path().endsWith("/exec");
    int kind = random.nextInt(spare ? 40 : 10);
    if (kind == 1) {
      String text = NONSENSE.get(random.nextInt(NONSENSE.size()));
      return text.isEmpty() ? "-" : text;
    }
    if (kind == 2 || (spare && kind > 3)) {
      return "nearly-" + random.nextInt(10);
    }
    return switch (name) {
      case "namespace" -> "default";
      case "name" -> "web";
      case "id" -> instance;
      case "revision", "run" -> "1";
      default -> "x";
    };
  }

  private String queryValue(String name) {
    if (random.nextInt(3) == 0) {
      return NONSENSE.get(random.nextInt(NONSENSE.size()));
    }
    return switch (name) {
      case "namespace" -> "default";
      case "deployment" -> "web";
      case "instance" -> instance;
      case "since" -> "5m";
      // A follower of logs waits for a host that isn't there.
      case "follow" -> "false";
      case "dry_run" -> random.nextBoolean() ? "true" : "false";
      default -> Integer.toString(random.nextInt(5));
    };
  }

  private @Nullable String body(Operation operation, HttpRequest.Builder request) {
    JsonNode content = operation.declared().path("requestBody").path("content");
    if (content.isEmpty()) {
      return null;
    }
    List<String> types = new ArrayList<>();
    content.fieldNames().forEachRemaining(types::add);
    String type = types.get(random.nextInt(types.size()));
    request.header("Content-Type", random.nextInt(30) == 0 ? "text/nonsense" : type);
    if (!type.endsWith("json")) {
      return random.nextBoolean()
          ? "deployments: {d" + random.nextInt(5) + ": {process: {command: x}}}"
          : "deployments: [" + NONSENSE.get(random.nextInt(NONSENSE.size()));
    }
    JsonNode value = value(content.path(type).path("schema"), 0);
    String text = value.toString();
    // Torn, from time to time.
    return random.nextInt(15) == 0 ? text.substring(0, random.nextInt(text.length() + 1)) : text;
  }

  private JsonNode value(JsonNode declared, int depth) {
    JsonNodeFactory make = JsonNodeFactory.instance;
    if (random.nextInt(12) == 0) {
      return switch (random.nextInt(6)) {
        case 0 -> make.nullNode();
        case 1 -> make.numberNode(Long.MIN_VALUE);
        case 2 -> make.booleanNode(true);
        case 3 -> make.arrayNode().add(make.objectNode());
        case 4 -> make.numberNode(1.5e300);
        default -> make.textNode(NONSENSE.get(random.nextInt(NONSENSE.size())));
      };
    }
    JsonNode schema = shape.resolve(declared);
    if (schema.has("enum")) {
      return schema.path("enum").get(random.nextInt(schema.path("enum").size()));
    }
    String type =
        schema.path("type").isArray()
            ? schema.path("type").get(0).asText()
            : schema.path("type").asText();
    return switch (type) {
      case "integer", "number" -> make.numberNode(random.nextInt(4));
      case "boolean" -> make.booleanNode(random.nextBoolean());
      case "array" -> array(schema, depth);
      case "object" -> object(schema, depth);
      default -> make.textNode(random.nextInt(4) == 0 ? "" : "x" + random.nextInt(3));
    };
  }

  private ArrayNode array(JsonNode schema, int depth) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (int i = depth > 4 ? 3 : random.nextInt(3); i < 2; i++) {
      array.add(value(schema.path("items"), depth + 1));
    }
    return array;
  }

  private ObjectNode object(JsonNode schema, int depth) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    Set<String> required = new java.util.HashSet<>();
    schema.path("required").forEach(each -> required.add(each.asText()));
    schema
        .path("properties")
        .properties()
        .forEach(
            field -> {
              int odds = required.contains(field.getKey()) ? 15 : 2;
              if (random.nextInt(odds) != 0 && depth < 6) {
                object.set(field.getKey(), value(field.getValue(), depth + 1));
              }
            });
    if (random.nextInt(10) == 0) {
      object.put("surplus", 1);
    }
    return object;
  }
}
