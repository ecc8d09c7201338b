package io.gyre.chaos;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** The Gyre under attack: its launcher, its mark files and its HTTP API. Any thread. */
final class Gyre {
  static final List<String> COMPONENTS = List.of("api", "reconciler", "runtime", "supervisor");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration COMMAND_LIMIT = Duration.ofMinutes(2);

  final Path root;
  final Path home;
  private final Map<String, String> environment = new TreeMap<>();
  private final AtomicBoolean starting = new AtomicBoolean();

  /** What the API answered. */
  record Answer(int status, JsonNode body, String correlation) {
    boolean ok() {
      return status >= 200 && status < 300;
    }
  }

  /**
   * What a component says of itself.
   *
   * @param ready whether it says so and lives
   */
  record Mark(long pid, boolean ready, String address) {
    static final Mark NONE = new Mark(0, false, "");
  }

  Gyre(Path root, Path home) {
    this.root = root;
    this.home = home;
    environment.put("GYRE_HOME", home.toString());
    environment.put("GYRE_NO_BUILD", "1");
    environment.put("GYRE_JAVA_HOME", System.getProperty("java.home"));
  }

  /** For all that is started from now on. */
  void setEnvironment(String name, String value) {
    environment.put(name, value);
  }

  Shell.Result run(String... arguments) {
    List<String> command = new ArrayList<>(List.of(root.resolve("gyre").toString()));
    command.addAll(List.of(arguments));
    return Shell.run(COMMAND_LIMIT, environment, command);
  }

  void up() {
    Shell.Result result = run("up", "-d");
    if (!result.ok()) {
      throw new IllegalStateException("gyre up -d: exit " + result.exit() + "\n" + result.out());
    }
  }

  /** Starts it without waiting for it: something else may keep it from getting ready just now. */
  void upSoon() {
    if (starting.compareAndSet(false, true)) {
      Thread.startVirtualThread(
          () -> {
            try {
              run("up", "-d");
            } finally {
              starting.set(false);
            }
          });
    }
  }

  Mark mark(String component) {
    try {
      JsonNode mark = JSON.readTree(Files.readString(home.resolve("run/" + component + ".json")));
      long pid = mark.path("pid").asLong();
      boolean live = Reality.alive(pid) && isComponent(pid);
      return new Mark(
          live ? pid : 0,
          live && mark.path("state").asText().equals("ready"),
          mark.path("address").asText());
    } catch (IOException e) {
      return Mark.NONE;
    }
  }

  private static boolean isComponent(long pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1)
          .contains("io.gyre.");
    } catch (IOException e) {
      return false;
    }
  }

  /** All JVMs of this Gyre, whatever the mark files say. */
  List<Long> processes() {
    return having("io.gyre.");
  }

  /** The shells that start the supervisor again when it dies. */
  List<Long> guards() {
    return having("\0run\0supervisor\0").stream().filter(pid -> !isComponent(pid)).toList();
  }

  private List<Long> having(String argument) {
    List<Long> found = new ArrayList<>();
    try (var all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        long pid = Long.parseLong(process.getFileName().toString());
        try {
          if (Reality.text(process.resolve("cmdline")).contains(argument)
              && home.toString().equals(Reality.environment(process).get("GYRE_HOME"))) {
            found.add(pid);
          }
        } catch (IOException e) {
          // It has ended.
        }
      }
    } catch (IOException e) {
      throw new IllegalStateException("can't list /proc", e);
    }
    return found;
  }

  Answer get(String path) throws IOException {
    return call("GET", path, null, null);
  }

  Answer call(String method, String path, @Nullable String type, @Nullable String body)
      throws IOException {
    HttpURLConnection connection = open(method, path, 10_000);
    if (body != null) {
      connection.setDoOutput(true);
      connection.setRequestProperty("Content-Type", type);
      connection.getOutputStream().write(body.getBytes(StandardCharsets.UTF_8));
    }
    int status = connection.getResponseCode();
    InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream();
    String correlation = connection.getHeaderField("Gyre-Correlation");
    try (in) {
      JsonNode json = in == null ? MissingNode.getInstance() : JSON.readTree(in);
      return new Answer(status, json, correlation == null ? "" : correlation);
    }
  }

  HttpURLConnection open(String method, String path, int readTimeoutMs) throws IOException {
    String address = mark("api").address();
    if (address.isEmpty()) {
      throw new IOException("the API has no address");
    }
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(address + path).toURL().openConnection();
    connection.setRequestMethod(method);
    connection.setConnectTimeout(5000);
    connection.setReadTimeout(readTimeoutMs);
    // Of its own each time, so that no call is sent twice behind our back.
    connection.setRequestProperty("Connection", "close");
    connection.setRequestProperty(
        "Authorization", "Bearer " + Files.readString(home.resolve("admin-token")).strip());
    return connection;
  }

  static JsonNode parse(String text) throws IOException {
    return JSON.readTree(text);
  }
}
