package io.gyre.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.gyre.api.http.Listening;
import io.gyre.api.http.Timeouts;
import io.gyre.bus.Bus;
import io.gyre.bus.BusConfig;
import io.gyre.component.ApiDoor;
import io.gyre.component.ComponentContext;
import io.gyre.component.GyreConfig;
import io.gyre.component.Home;
import io.gyre.component.Readiness;
import io.gyre.messages.Message;
import io.gyre.model.Component;
import io.gyre.model.DeploymentKey;
import io.gyre.model.EventRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.store.Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A running API, with the hands of the other processes: the reconciler's store and bus, and the
 * runtime's ears.
 */
final class Api implements AutoCloseable {
  static final long MAX_BODY = 256 << 10;
  static final Timeouts TIMEOUTS =
      new Timeouts(
          Duration.ofSeconds(5),
          Duration.ofSeconds(1),
          Duration.ofSeconds(10),
          Duration.ofMillis(500),
          Duration.ofSeconds(2));
  static final String HEALTH =
      "GET /v1/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  static final Clock CLOCK = Clock.systemUTC();
  private static final ObjectMapper JSON = new ObjectMapper();

  /** An answer, read as JSON where it is. */
  record Answer(int status, HttpResponse<String> response) {
    JsonNode json() {
      try {
        return JSON.readTree(response.body());
      } catch (IOException e) {
        throw new AssertionError(response.body(), e);
      }
    }

    String code() {
      return json().path("code").asText();
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  final Home home;
  final Store observed;
  final Bus reconciler;
  final Bus runtime;
  final String token;
  final List<Message> heard = new CopyOnWriteArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private final ApiServer server;
  private final List<Consumer<Runnable>> selfRequests = new ArrayList<>();
  private volatile Consumer<Message> host = _ -> {};
  private boolean closed;

  Api(Path root) throws Exception {
    this(root, GyreConfig.Admission.DEFAULT);
  }

  Api(Path root, GyreConfig.Admission admission) throws Exception {
    this(root, config(0, admission, ApiDoor.DEFAULT), TIMEOUTS);
  }

  Api(Path root, ApiDoor door) throws Exception {
    this(root, config(0, GyreConfig.Admission.DEFAULT, door), TIMEOUTS);
  }

  /** Where other machines come in, too. */
  static Api open(Path root, ApiDoor door, Timeouts timeouts) throws Exception {
    return new Api(root, config("0.0.0.0", 0, GyreConfig.Admission.DEFAULT, door), timeouts);
  }

  private Api(Path root, GyreConfig config, Timeouts timeouts) throws Exception {
    home = new Home(root.resolve("h"));
    home.create();
    server =
        ApiServer.launch(
            new ComponentContext(
                Component.API, home, config, 1, CLOCK, watching(selfRequests::add)),
            timeouts,
            Listening.bind(config.api()));
    observed = Store.open(home.database(), Component.RECONCILER, CLOCK);
    reconciler = bus(Component.RECONCILER);
    runtime = bus(Component.RUNTIME);
    runtime.start(
        (_, message) -> {
          heard.add(message);
          host.accept(message);
        });
    token = Files.readString(home.adminTokenFile()).strip();
  }

  static ApiServer launch(Home home, int port) throws Exception {
    return launch(home, Listening.bind(config(port).api()));
  }

  static ApiServer launch(Home home, ApiDoor door) throws Exception {
    return launch(home, Listening.bind(config(0).api()), door, Readiness.unwatched());
  }

  static ApiServer launch(Home home, Listening listening) throws Exception {
    return launch(home, listening, config(0), TIMEOUTS);
  }

  /** Hears how the API can be asked whether it serves. */
  static Readiness watching(Consumer<Consumer<Runnable>> http) {
    return new Readiness() {
      @Override
      public void waiting(String what) {}

      @Override
      public void ready(String address) {}

      @Override
      public void watch(String loop, Consumer<Runnable> ask) {
        if (loop.equals("http")) {
          http.accept(ask);
        }
      }
    };
  }

  /** Whether what systemd watches it by gets an answer. */
  boolean answersItself() throws InterruptedException {
    return answers(selfRequests.getFirst());
  }

  static boolean answers(Consumer<Runnable> selfRequest) throws InterruptedException {
    CountDownLatch answered = new CountDownLatch(2);
    selfRequest.accept(answered::countDown);
    selfRequest.accept(answered::countDown);
    return answered.await(20, TimeUnit.SECONDS);
  }

  /**
   * Takes so many places and keeps them, until the sockets are closed or it has been quiet for too
   * long.
   */
  static void hold(List<Socket> held, int port, int connections) throws IOException {
    for (int i = 0; i < connections; i++) {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
      held.add(socket);
      socket.getOutputStream().write(HEALTH.charAt(0));
    }
  }

  /** What is answered to who is root or Gyre itself; the status line first. */
  static String local(Path socket, String request) throws IOException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer answer = ByteBuffer.allocate(4096);
      while (answer.hasRemaining() && channel.read(answer) >= 0) {
        // Until it ends.
      }
      return new String(answer.array(), 0, answer.position(), StandardCharsets.UTF_8);
    }
  }

  /** With what watches it. */
  static ApiServer launch(Home home, Listening listening, ApiDoor door, Readiness readiness)
      throws Exception {
    GyreConfig config = config(0, GyreConfig.Admission.DEFAULT, door);
    return ApiServer.launch(
        new ComponentContext(Component.API, home, config, 1, CLOCK, readiness),
        TIMEOUTS,
        listening);
  }

  private static ApiServer launch(
      Home home, Listening listening, GyreConfig config, Timeouts timeouts) throws Exception {
    return ApiServer.launch(
        new ComponentContext(Component.API, home, config, 1, CLOCK, Readiness.unwatched()),
        timeouts,
        listening);
  }

  private static GyreConfig config(int port) {
    return config(port, GyreConfig.Admission.DEFAULT, ApiDoor.DEFAULT);
  }

  private static GyreConfig config(int port, GyreConfig.Admission admission, ApiDoor door) {
    return config("127.0.0.1", port, admission, door);
  }

  private static GyreConfig config(
      String address, int port, GyreConfig.Admission admission, ApiDoor door) {
    return new GyreConfig(
        new GyreConfig.Api(address, port, MAX_BODY, door),
        new GyreConfig.Reconciler(Duration.ofSeconds(30), 1000),
        new GyreConfig.Runtimes(Map.of(), false, List.of()),
        admission,
        "info");
  }

  private Bus bus(Component self) {
    Set<Component> from = self == Component.RUNTIME ? Set.of(Component.API) : Set.of();
    return Bus.open(BusConfig.of(home.bus(), home.sockets(), self, 1, from));
  }

  /** What the runtime host does on a message; on the bus thread. */
  void host(Consumer<Message> behaviour) {
    host = behaviour;
  }

  String address() {
    return server.address();
  }

  int port() {
    return URI.create(address()).getPort();
  }

  /** A bare connection. */
  Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port());
  }

  /** How many streams are open. */
  int streams() {
    return server.streams();
  }

  HttpClient client() {
    return client;
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(address() + path))
        .timeout(Duration.ofSeconds(30))
        .header("Authorization", "Bearer " + token);
  }

  Answer send(HttpRequest request) throws Exception {
    HttpResponse<String> response = client.send(request, BodyHandlers.ofString());
    return new Answer(response.statusCode(), response);
  }

  Answer get(String path) throws Exception {
    return send(request(path).build());
  }

  Answer delete(String path) throws Exception {
    return send(request(path).DELETE().build());
  }

  Answer put(String path, String json) throws Exception {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .PUT(HttpRequest.BodyPublishers.ofString(json))
            .build());
  }

  Answer post(String path, String json) throws Exception {
    return post(path, "application/json", json);
  }

  Answer post(String path, String type, String body) throws Exception {
    return send(
        request(path).header("Content-Type", type).POST(BodyPublishers.ofString(body)).build());
  }

  Answer apply(String yaml) throws Exception {
    return post("/v1/apply", "application/yaml", yaml);
  }

  /**
   * As the command does it where the manifest names files.
   *
   * @param attached their contents in base64, as a JSON object
   */
  Answer applyFile(String yaml, String attached) throws Exception {
    ObjectNode body = JSON.createObjectNode();
    ObjectNode file = body.putArray("files").addObject();
    file.put("name", "m.yaml").put("content", yaml).set("attached", JSON.readTree(attached));
    return post("/v1/apply", body.toString());
  }

  /** Writes what the reconciler would, and says so. */
  long event(String deployment, @Nullable String instance, String reason, String correlation) {
    EventRecord event =
        new EventRecord(
            0,
            CLOCK.instant(),
            EventRecord.Level.NORMAL,
            "default",
            deployment,
            instance,
            reason,
            reason + " of " + deployment,
            correlation);
    long seq = observed.observed().transact(tx -> tx.appendEvent(event));
    reconciler.publish(new Message.StateChanged(seq), "", "");
    return seq;
  }

  InstanceId instance(String deployment, String suffix, String correlation) {
    InstanceId id = new InstanceId(deployment + "-" + suffix);
    Instant now = CLOCK.instant();
    InstanceRecord record =
        new InstanceRecord(
            id,
            new DeploymentKey("default", deployment),
            1,
            0,
            "process",
            false,
            InstanceState.RUNNING,
            true,
            4711L,
            null,
            null,
            List.of(),
            0,
            0,
            now,
            now,
            null,
            null,
            null,
            null,
            correlation,
            now);
    boolean _ =
        observed
            .observed()
            .transact(
                tx -> {
                  tx.putInstance(record);
                  return true;
                });
    return id;
  }

  static void await(BooleanSupplier condition, String what) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within 20 s: " + what);
      }
      Thread.sleep(5);
    }
  }

  void closeServer() {
    if (!closed) {
      closed = true;
      server.close();
    }
  }

  @Override
  public void close() {
    closeServer();
    client.shutdownNow();
    runtime.close();
    reconciler.close();
    observed.close();
  }
}
