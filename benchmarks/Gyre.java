import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Gyre on an empty data root of its own, started by the launcher as a user does. */
final class Gyre implements AutoCloseable {
  /** In the order in which to kill them: the supervisor would start the others again. */
  static final List<String> COMPONENTS = List.of("supervisor", "api", "reconciler", "runtime");

  private static final Path LAUNCHER = Path.of(System.getProperty("gyre.launcher")).normalize();

  private final Path home;
  private final CleanUp.Registration registration;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final Map<String, String> variables = new LinkedHashMap<>();
  private String address = "";
  private String token = "";

  private Gyre(Path home, CleanUp cleanUp) {
    this.home = home;
    this.registration = cleanUp.add(this::remove);
  }

  /** Builds what isn't built, or is older than the sources, and starts. */
  Gyre build() throws Exception {
    Command.Result result = command(false, "up", "-d").within(1800).run();
    if (!result.ok()) {
      throw new Unmeasured("gyre up -d: " + result.complaint());
    }
    connect();
    return this;
  }

  /**
   * Not started yet.
   *
   * @param config further lines of the configuration
   */
  static Gyre prepare(Workshop workshop, String config) throws IOException {
    Path home = Files.createTempDirectory(workshop.directory(), "home");
    String api = config.startsWith("api:") ? "" : "api: { port: 0 }\n";
    Files.writeString(home.resolve("gyre.yaml"), api + config);
    return new Gyre(home, workshop.cleanUp());
  }

  /** A variable for all that is started from now on. */
  Gyre with(String name, String value) {
    variables.put(name, value);
    return this;
  }

  static Gyre start(Workshop workshop, String config) throws Exception {
    Gyre gyre = prepare(workshop, config);
    gyre.up();
    return gyre;
  }

  Path home() {
    return home;
  }

  private Command command(boolean asBuilt, String... arguments) {
    List<String> words = new ArrayList<>(List.of(LAUNCHER.toString()));
    words.addAll(List.of(arguments));
    Map<String, String> environment = new LinkedHashMap<>(variables);
    environment.put("GYRE_HOME", home.toString());
    environment.put("GYRE_JAVA_HOME", System.getProperty("java.home"));
    environment.put("GYRE_API", "");
    environment.put("GYRE_TOKEN", "");
    if (asBuilt) {
      environment.put("GYRE_NO_BUILD", "1");
    }
    return Command.of(words).with(environment);
  }

  void gyre(String... arguments) throws Exception {
    command(true, arguments).need("gyre " + String.join(" ", arguments));
  }

  void up() throws Exception {
    gyre("up", "-d");
    connect();
  }

  /** Finds the API where it is now. */
  void connect() throws Exception {
    address = field("api", "address");
    token = Files.readString(home.resolve("admin-token")).strip();
  }

  private String field(String component, String name) throws Exception {
    String mark = Files.readString(home.resolve("run").resolve(component + ".json"));
    Matcher matcher = Pattern.compile('"' + name + "\":\"([^\"]*)\"").matcher(mark);
    if (!matcher.find()) {
      throw new Unmeasured("the mark file of " + component + " names no " + name);
    }
    return matcher.group(1);
  }

  long pid(String component) throws Exception {
    return Long.parseLong(field(component, "pid"));
  }

  /** The answer to a manifest, which must be accepted. */
  String apply(String manifest) throws Exception {
    return accepted(
        request("/v1/apply")
            .header("Content-Type", "application/yaml")
            .POST(HttpRequest.BodyPublishers.ofString(manifest)));
  }

  String post(String path, String json) throws Exception {
    return accepted(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json)));
  }

  String put(String path, String json) throws Exception {
    return accepted(
        request(path)
            .header("Content-Type", "application/json")
            .PUT(HttpRequest.BodyPublishers.ofString(json)));
  }

  /** The answer to a GET. */
  String get(String path) throws Exception {
    return accepted(request(path));
  }

  Events events() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address + "/v1/events"))
            .header("Authorization", "Bearer " + token)
            .header("Accept", "text/event-stream")
            .build();
    return new Events(http.send(request, HttpResponse.BodyHandlers.ofInputStream()).body());
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(address + path))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer " + token);
  }

  private String accepted(HttpRequest.Builder builder) throws Exception {
    HttpRequest request = builder.build();
    HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() / 100 != 2) {
      throw new Unmeasured(
          request.method()
              + " "
              + request.uri().getPath()
              + ": "
              + answer.statusCode()
              + " "
              + answer.body());
    }
    return answer.body();
  }

  boolean ready(String component) throws Exception {
    return field(component, "state").equals("ready");
  }

  /** Kills a component and waits for the next one; says for how many milliseconds. */
  double replace(String component) throws Exception {
    long old = pid(component);
    long from = System.nanoTime();
    Machine.kill(old);
    Workshop.until(180, () -> isBack(component, old), component + " does not come back");
    return (System.nanoTime() - from) / 1e6;
  }

  private boolean isBack(String component, long old) throws Exception {
    try {
      return ready(component) && pid(component) != old;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** Also where {@link #killAll} was the last thing that happened to it. */
  void reviveAndClose() throws Exception {
    if (!runs()) {
      up();
    }
    close();
  }

  void killAll() throws Exception {
    List<Long> pids = new ArrayList<>();
    for (String component : COMPONENTS) {
      long pid = pid(component);
      pids.add(pid);
      Machine.kill(pid);
    }
    for (long pid : pids) {
      while (Machine.alive(pid)) {
        Thread.sleep(5);
      }
    }
  }

  boolean runs() {
    try {
      return Machine.alive(pid("api"));
    } catch (Exception e) {
      return false;
    }
  }

  /** What Gyre writes on the containers of this data root. */
  Optional<String> containerLabel() {
    try {
      return Optional.of(
          "io.gyre.host=" + Files.readString(home.resolve("data").resolve("host-id")).strip());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    registration.close();
  }

  private void remove() throws Exception {
    if (runs()) {
      Command.Result result =
          command(true, "down", "--workloads", "--timeout", "60s").within(90).run();
      if (!result.ok()) {
        System.err.println("gyre bench: gyre down --workloads: " + result.complaint());
      }
    }
    Optional<String> label = containerLabel();
    if (label.isPresent()) {
      Docker.removeLabelled(label.get());
    }
    Workshop.killMentioning(home.toString());
  }
}
