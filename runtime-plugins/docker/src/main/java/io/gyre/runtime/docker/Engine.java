package io.gyre.runtime.docker;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.core.DockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The connection to a Docker engine. Its calls throw nothing but {@link RuntimeFailure}. Any
 * thread.
 */
final class Engine implements AutoCloseable {
  /** The newest API this plugin was written for. */
  private static final int NEWEST_MINOR = 44;

  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration GREETING = Duration.ofSeconds(4);

  private final EngineAddress address;
  private final EngineHttp quickHttp;
  private final EngineHttp patientHttp;
  private final ObjectMapper json = mapper();
  private volatile Session session;
  private volatile boolean closed;

  private record Session(
      String apiVersion, DockerClientConfig config, DockerClient quick, DockerClient patient) {}

  private Engine(EngineAddress address, ScheduledExecutorService executor) throws RuntimeFailure {
    this.address = address;
    this.quickHttp = new EngineHttp(address, executor, ANSWER);
    this.patientHttp = new EngineHttp(address, executor, null);
    this.session = negotiate();
  }

  static Engine connect(EngineAddress address, ScheduledExecutorService executor)
      throws RuntimeFailure {
    return new Engine(address, executor);
  }

  /** Greets the engine, which may be another version than before. */
  void reconnect() throws RuntimeFailure {
    session = negotiate();
  }

  private Session negotiate() throws RuntimeFailure {
    try (EngineResponse response =
        quickHttp.exchange("GET", "/version", Map.of(), null, GREETING)) {
      String body = text(response);
      if (response.getStatusCode() != 200) {
        throw EngineErrors.refused(response.getStatusCode(), EngineErrors.reason(body), null);
      }
      JsonNode version = json.readTree(body);
      String api =
          negotiated(
              version.path("ApiVersion").asText(""), version.path("MinAPIVersion").asText(""));
      Session current = session;
      if (current != null && current.apiVersion().equals(api)) {
        return current;
      }
      DockerClientConfig config = EngineConfig.of(api, json);
      return new Session(
          api,
          config,
          DockerClientImpl.getInstance(config, quickHttp),
          DockerClientImpl.getInstance(config, patientHttp));
    } catch (IOException | RuntimeException e) {
      throw EngineErrors.of(e, address, closed);
    }
  }

  /** Keeps no buffers in thread-locals: on the host's threads they would outlive the plugin. */
  static ObjectMapper mapper() {
    ObjectMapper mapper = DockerClientConfig.getDefaultObjectMapper();
    mapper.getFactory().setRecyclerPool(JsonRecyclerPools.nonRecyclingPool());
    return mapper;
  }

  /** The newest version that both sides speak; the engine's oldest where we are too old for it. */
  static String negotiated(String engine, String oldest) throws RuntimeFailure {
    int newestMinor = minor(engine);
    if (newestMinor < 0) {
      throw new RuntimeFailure(
          RuntimeFailure.Kind.ENGINE,
          "engine_unknown",
          "what answers is no Docker engine: API version \"" + engine + "\"",
          "check the docker runtime's setting host");
    }
    return "1." + Math.max(Math.min(newestMinor, NEWEST_MINOR), minor(oldest));
  }

  private static int minor(String version) {
    return version.matches("1\\.\\d{1,4}") ? Integer.parseInt(version.substring(2)) : -1;
  }

  /** Whether it answers now; waits a few seconds at most. */
  boolean answers() {
    try (EngineResponse response = quickHttp.exchange("GET", "/_ping", Map.of(), null, GREETING)) {
      return response.getStatusCode() == 200;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }

  /** A call that the engine answers from what it knows: fails after 10 s. */
  <T> T ask(Function<DockerClient, T> question) throws RuntimeFailure {
    return call(question, session.quick());
  }

  /** A call that takes what it takes; ends with {@link #breakOff} and {@link #close}. */
  <T> T tell(Function<DockerClient, T> order) throws RuntimeFailure {
    return call(order, session.patient());
  }

  private <T> T call(Function<DockerClient, T> function, DockerClient client)
      throws RuntimeFailure {
    try {
      return function.apply(client);
    } catch (RuntimeException e) {
      throw failure(e);
    }
  }

  RuntimeFailure failure(Exception thrown) {
    return EngineErrors.of(thrown, address, closed);
  }

  /**
   * Opens a stream; the caller closes it, and maps what its body throws by {@link #failure}.
   *
   * @param path with its query, without the version
   */
  EngineResponse stream(
      String method, String path, Map<String, String> headers, byte @Nullable [] body)
      throws RuntimeFailure {
    try {
      EngineResponse response =
          patientHttp.exchange(method, "/v" + session.apiVersion() + path, headers, body, null);
      int status = response.getStatusCode();
      if (status == 101 || status / 100 == 2) {
        return response;
      }
      try (response) {
        throw EngineErrors.refused(status, EngineErrors.reason(text(response)), null);
      }
    } catch (IOException | RuntimeException e) {
      throw failure(e);
    }
  }

  /** Lists by labels; as {@link #ask}. */
  <T> List<T> list(String path, List<String> labels, TypeReference<List<T>> type)
      throws RuntimeFailure {
    String filters = new String(json(Map.of("label", labels)), StandardCharsets.UTF_8);
    String query = "all=1&filters=" + URLEncoder.encode(filters, StandardCharsets.UTF_8);
    try (EngineResponse response =
        quickHttp.exchange(
            "GET", "/v" + session.apiVersion() + path + "?" + query, Map.of(), null, ANSWER)) {
      int status = response.getStatusCode();
      if (status != 200) {
        throw EngineErrors.refused(status, EngineErrors.reason(text(response)), null);
      }
      return json.readValue(response.getBody(), type);
    } catch (IOException | RuntimeException e) {
      throw failure(e);
    }
  }

  /** What a container uses now; as {@link #ask}. An engine before API 1.41 takes two seconds. */
  JsonNode stats(String container) throws RuntimeFailure {
    String path = "/containers/" + container + "/stats?stream=false&one-shot=true";
    try (EngineResponse response =
        quickHttp.exchange("GET", "/v" + session.apiVersion() + path, Map.of(), null, ANSWER)) {
      int status = response.getStatusCode();
      if (status != 200) {
        throw EngineErrors.refused(status, EngineErrors.reason(text(response)), null);
      }
      return json.readTree(text(response));
    } catch (IOException | RuntimeException e) {
      throw failure(e);
    }
  }

  /** Posts what docker-java has no words for; as {@link #ask}. */
  void post(String path, Object body) throws RuntimeFailure {
    Map<String, String> headers = Map.of("Content-Type", "application/json");
    try (EngineResponse response =
        quickHttp.exchange(
            "POST", "/v" + session.apiVersion() + path, headers, json(body), ANSWER)) {
      int status = response.getStatusCode();
      if (status / 100 != 2) {
        throw EngineErrors.refused(status, EngineErrors.reason(text(response)), null);
      }
    } catch (IOException | RuntimeException e) {
      throw failure(e);
    }
  }

  /** Opens a two-way raw stream. */
  EngineResponse hijack(String path, Object body) throws RuntimeFailure {
    Map<String, String> headers = new HashMap<>();
    headers.put("Content-Type", "application/json");
    headers.put("Connection", "Upgrade");
    headers.put("Upgrade", "tcp");
    return stream("POST", path, headers, json(body));
  }

  byte[] json(Object value) throws RuntimeFailure {
    try {
      return json.writeValueAsBytes(value);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  ObjectReader reader() {
    return json.readerFor(JsonNode.class);
  }

  DockerClientConfig config() {
    return session.config();
  }

  EngineAddress address() {
    return address;
  }

  String apiVersion() {
    return session.apiVersion();
  }

  private static String text(EngineResponse response) throws IOException {
    return new String(response.getBody().readNBytes(1024 * 1024), StandardCharsets.UTF_8);
  }

  /** Fails all that goes on: the engine is away. */
  void breakOff() {
    quickHttp.breakOff();
    patientHttp.breakOff();
  }

  boolean closed() {
    return closed;
  }

  @Override
  public void close() {
    closed = true;
    quickHttp.close();
    patientHttp.close();
  }
}
