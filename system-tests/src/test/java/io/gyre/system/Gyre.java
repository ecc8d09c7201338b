package io.gyre.system;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** A whole Gyre on a data root of its own, used as a user does: through the launcher. */
final class Gyre {
  static final List<String> COMPONENTS = List.of("api", "reconciler", "runtime", "supervisor");
  private static final ObjectMapper JSON = new ObjectMapper();

  final Path root = Path.of(System.getProperty("gyre.root"));
  final Path home;

  private Map<String, String> surroundings = Map.of();

  /** What a command of the launcher ended with. */
  record Result(int exit, String out, String err) {
    Result ok() {
      assertThat(exit).as("exit code; %s%s", out, err).isZero();
      return this;
    }
  }

  Gyre(Path home, String config) throws IOException {
    this.home = home;
    Files.createDirectories(home);
    Files.writeString(home.resolve("gyre.yaml"), "api: { port: 0 }\n" + config);
  }

  Result run(String... arguments) throws Exception {
    return run(Map.of(), arguments);
  }

  Result run(Map<String, String> environment, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(root.resolve("gyre").toString());
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile("gyre", ".out");
    Path err = Files.createTempFile("gyre", ".err");
    try {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().keySet().removeIf(name -> name.startsWith("GYRE_"));
      builder.environment().put("GYRE_HOME", home.toString());
      builder.environment().put("GYRE_NO_BUILD", "1");
      builder.environment().put("GYRE_JAVA_HOME", System.getProperty("java.home"));
      builder.environment().putAll(environment);
      builder.redirectInput(Path.of("/dev/null").toFile());
      builder.redirectOutput(out.toFile()).redirectError(err.toFile());
      Process process = builder.start();
      if (!process.waitFor(120, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(
            "did not end: " + command + "\n" + Files.readString(out) + Files.readString(err));
      }
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** Whenever {@link #up} starts it from now on, its failpoints are in that directory. */
  void failpoints(Path directory) throws IOException {
    Files.createDirectories(directory);
    surroundings = Map.of("GYRE_FAILPOINTS", directory.toString());
  }

  void up() throws Exception {
    run(surroundings, "up", "-d").ok();
  }

  Path manifest(String text) throws IOException {
    Path file = Files.createTempFile(home, "manifest", ".yaml");
    Files.writeString(file, text);
    return file;
  }

  Result apply(String manifest) throws Exception {
    return run("apply", "-f", manifest(manifest).toString(), "--wait", "--timeout", "60s");
  }

  /** Straight to the API, so that waiting costs no process each time. */
  JsonNode get(String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(address() + path).toURL().openConnection();
    connection.setConnectTimeout(2000);
    connection.setReadTimeout(10_000);
    connection.setRequestProperty(
        "Authorization", "Bearer " + Files.readString(home.resolve("admin-token")).strip());
    try (var body = connection.getInputStream()) {
      return JSON.readTree(body);
    }
  }

  JsonNode post(String path, String json) throws Exception {
    HttpURLConnection connection =
        (HttpURLConnection) URI.create(address() + path).toURL().openConnection();
    connection.setReadTimeout(10_000);
    connection.setDoOutput(true);
    connection.setRequestProperty("Content-Type", "application/json");
    connection.setRequestProperty(
        "Authorization", "Bearer " + Files.readString(home.resolve("admin-token")).strip());
    connection.getOutputStream().write(json.getBytes(StandardCharsets.UTF_8));
    try (var body = connection.getInputStream()) {
      return JSON.readTree(body);
    }
  }

  private String address() throws IOException {
    return JSON.readTree(Files.readString(home.resolve("run/api.json"))).path("address").asText();
  }

  JsonNode deployment(String name) throws IOException {
    return get("/v1/namespaces/default/deployments/" + name);
  }

  List<JsonNode> instances(String deployment) throws IOException {
    List<JsonNode> instances = new ArrayList<>();
    get("/v1/instances?namespace=default&deployment=" + deployment + "&limit=500")
        .path("items")
        .forEach(instances::add);
    return instances;
  }

  /** Instance id to pid, of what runs. */
  Map<String, Long> pids(String deployment) throws IOException {
    Map<String, Long> pids = new TreeMap<>();
    for (JsonNode instance : instances(deployment)) {
      pids.put(instance.path("id").asText(), instance.path("pid").asLong());
    }
    return pids;
  }

  boolean running(String deployment, int replicas) throws IOException {
    JsonNode seen = deployment(deployment);
    return seen.path("phase").asText().equals("running") && seen.path("ready").asInt() == replicas;
  }

  void awaitRunning(String deployment, int replicas) throws Exception {
    await(() -> running(deployment, replicas), deployment + " runs with " + replicas);
  }

  void kill(String component) throws IOException {
    signal(pid(component), "KILL");
  }

  long pid(String component) throws IOException {
    return JSON.readTree(Files.readString(home.resolve("run/" + component + ".json")))
        .path("pid")
        .asLong();
  }

  boolean ready(String component, long butNotPid) throws IOException {
    JsonNode mark = JSON.readTree(Files.readString(home.resolve("run/" + component + ".json")));
    return mark.path("state").asText().equals("ready")
        && mark.path("pid").asLong() != butNotPid
        && alive(mark.path("pid").asLong());
  }

  static boolean alive(long pid) {
    return Files.exists(Path.of("/proc/" + pid));
  }

  static void signal(long pid, String signal) {
    try {
      new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).inheritIO().start().waitFor();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Pids of host processes whose environment says that they are of this instance's deployment. */
  List<Long> processesOf(String deployment) throws IOException {
    List<Long> found = new ArrayList<>();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          String environment =
              Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
          String arguments =
              Files.readString(process.resolve("cmdline"), StandardCharsets.ISO_8859_1);
          if (environment.contains("GYRE_DEPLOYMENT=" + deployment + "\0")
              && environment.contains("OF_TEST=" + home.getFileName() + "\0")
              && !arguments.contains("keepers/")) {
            found.add(Long.parseLong(process.getFileName().toString()));
          }
        } catch (IOException e) {
          // It has ended, or is somebody else's.
        }
      }
    }
    return found;
  }

  /** As {@link #processesOf}, of this data root; also of those that say nothing of the test. */
  List<Long> processesOfAny(String deployment) throws IOException {
    String host = Files.readString(home.resolve("data/host-id")).strip();
    List<Long> found = new ArrayList<>();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          String environment =
              Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1);
          if (environment.contains("GYRE_HANDLE=" + host + "/" + deployment + "-")) {
            found.add(Long.parseLong(process.getFileName().toString()));
          }
        } catch (IOException e) {
          // It has ended, or is somebody else's.
        }
      }
    }
    return found;
  }

  static void await(Callable<Boolean> condition, String what) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    Exception last = null;
    while (System.nanoTime() < deadline) {
      try {
        if (condition.call()) {
          return;
        }
        last = null;
      } catch (IOException e) {
        last = e;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("waited too long until " + what, last);
  }

  String log(String component) {
    try {
      return Files.readString(home.resolve("log/" + component + ".log"));
    } catch (IOException e) {
      return "";
    }
  }

  void close() throws Exception {
    run("down", "--workloads");
    for (String component : COMPONENTS) {
      try {
        long pid = pid(component);
        if (alive(pid)
            && Files.readString(Path.of("/proc/" + pid + "/cmdline")).contains("io.gyre")) {
          signal(pid, "KILL");
        }
      } catch (IOException e) {
        // It was never started, or is gone.
      }
    }
  }
}
