package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.gyre.component.ApiDoor;
import io.gyre.messages.Message;
import io.gyre.model.EventRecord;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Webhooks against a receiver that listens, fails, hangs up and comes back. */
final class WebhookComponentTest {
  private static final String HOOKS = "/v1/namespaces/default/webhooks";

  /** Not given an answer. */
  private static final int HANG_UP = 0;

  private record Got(String delivery, String event, String signature, String body, int answer) {
    long seq() {
      return Long.parseLong(delivery.substring(delivery.lastIndexOf('-') + 1));
    }
  }

  @TempDir Path directory;

  /** The one that receivers of TLS in these tests have their certificates from. */
  private static Certificates trusted;

  @TempDir static Path shared;
  private static Path authority;

  private Api api;
  private HttpServer receiver;
  private final List<Got> got = new CopyOnWriteArrayList<>();
  private volatile int answer = 200;

  private ApiDoor door() {
    ApiDoor usual = ApiDoor.DEFAULT;
    return new ApiDoor(
        usual.hosts(),
        usual.origins(),
        usual.limits(),
        usual.audit(),
        null,
        List.of("127.0.0.1/32"),
        authority.toString());
  }

  @BeforeAll
  static void make() throws Exception {
    trusted = new Certificates("receivers");
    authority = trusted.write(shared.resolve("ca.pem"));
  }

  @BeforeEach
  void open() throws Exception {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext("/", this::receive);
    receiver.start();
    api = new Api(directory, door());
  }

  @AfterEach
  void close() {
    api.close();
    receiver.stop(0);
  }

  private void receive(HttpExchange exchange) throws IOException {
    int status = answer;
    var headers = exchange.getRequestHeaders();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    got.add(
        new Got(
            headers.getFirst("Gyre-Delivery"),
            headers.getFirst("Gyre-Event"),
            headers.getFirst("Gyre-Signature"),
            body,
            status));
    if (status != HANG_UP) {
      exchange.sendResponseHeaders(status, -1);
    }
    exchange.close();
  }

  private String url() {
    return "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook?from=gyre";
  }

  private JsonNode create(String path, String name, String events) throws Exception {
    Api.Answer made =
        api.post(
            path,
            "{\"name\":\"%s\",\"url\":\"%s\",\"events\":[%s]}".formatted(name, url(), events));
    assertThat(made.status()).as(made.response().body()).isEqualTo(201);
    return made.json();
  }

  private JsonNode shown(String name) {
    try {
      return api.get(HOOKS + "/" + name).json();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private long event(String namespace, String reason, Instant at) {
    EventRecord event =
        new EventRecord(
            0, at, EventRecord.Level.NORMAL, namespace, "web", null, reason, "ü of it", "c-1");
    long seq = api.observed.observed().transact(tx -> tx.appendEvent(event));
    api.reconciler.publish(new Message.StateChanged(seq), "", "");
    return seq;
  }

  private void awaitGot(Predicate<List<Got>> condition, String what) throws Exception {
    Api.await(() -> condition.test(got), what);
  }

  /** As a receiver would, from the documentation. */
  private static boolean genuine(Got delivery, String key) throws Exception {
    String[] parts = delivery.signature().split(",");
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    String signed = parts[0].substring("t=".length()) + "." + delivery.body();
    return parts[1].equals(
        "v1=" + HexFormat.of().formatHex(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void eventsComeSignedInOrderAndOnlyThoseThatAreWanted() throws Exception {
    long before = api.event("web", null, "deployment_created", "c-1");
    JsonNode made = create(HOOKS, "mine", "\"deployment_*\",\"instance_failed\"");
    String key = made.path("key").asText();
    event("other", "deployment_created", Instant.now());
    api.event("web", null, "instance_started", "c-1");
    long first = api.event("web", null, "deployment_changed", "c-1");
    long second = event("default", "instance_failed", Instant.now());
    long third = api.event("web", null, "deployment_deleted", "c-1");
    awaitGot(all -> all.size() == 3, "three deliveries");
    assertThat(got.stream().map(Got::seq)).containsExactly(first, second, third);
    assertThat(first).isGreaterThan(before);
    for (Got each : got) {
      assertThat(genuine(each, key)).as("%s", each).isTrue();
      assertThat(genuine(each, key + "x")).isFalse();
    }
    JsonNode listed = api.get("/v1/events?after=" + (second - 1) + "&limit=1").json();
    assertThat(new ObjectMapper().readTree(got.get(1).body()))
        .isEqualTo(listed.path("items").get(0));
    assertThat(got.get(1).event()).isEqualTo("instance_failed");

    // The whole host's sees all.
    create("/v1/webhooks", "all", "\"*\"");
    long foreign = event("other", "deployment_changed", Instant.now());
    awaitGot(all -> all.getLast().seq() == foreign, "what is of another namespace");
    assertThat(api.get("/v1/webhooks").json().path("items")).hasSize(2);
    assertThat(api.get(HOOKS).json().path("items")).hasSize(1);
    JsonNode tested = api.post(HOOKS + "/mine/test", "").json();
    assertThat(tested.path("taken").asBoolean()).as("%s", tested).isTrue();
    assertThat(got.getLast().event()).isEqualTo("webhook_test");
    Api.await(() -> shown("mine").path("delivered").asInt() == 3, "told so");
    String answers = api.get(HOOKS + "/mine").response().body() + api.get("/v1/audit").json();
    assertThat(answers).doesNotContain(key);
    assertNowhere(key);
    assertThat(api.delete(HOOKS + "/mine").status()).isEqualTo(204);
    assertThat(api.get(HOOKS + "/mine").code()).isEqualTo("webhook.not_found");
  }

  private void assertNowhere(String key) throws IOException {
    try (Stream<Path> files = Files.walk(api.home.root())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
            .as(file.toString())
            .doesNotContain(key);
      }
    }
  }

  @Test
  void aFailureIsRetriedUnderItsIdAcrossARestartAndDelaysNoOther() throws Exception {
    create(HOOKS, "mine", "\"deployment_*\"");
    try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String nobody = "http://127.0.0.1:" + deaf.getLocalPort() + "/";
      assertThat(api.post(HOOKS, "{\"name\":\"deaf\",\"url\":\"%s\"}".formatted(nobody)).status())
          .isEqualTo(201);
      answer = 500;
      long first = api.event("web", null, "deployment_created", "c-1");
      long second = api.event("web", null, "deployment_changed", "c-1");
      awaitGot(all -> !all.isEmpty(), "a try");
      answer = HANG_UP;
      Api.await(() -> shown("mine").path("tries").asInt() >= 1, "the failure is stored");
      assertThat(shown("mine").path("error").asText()).isEqualTo("it answered 500");
      awaitGot(all -> all.getLast().answer() == HANG_UP, "another");
      api.close();
      answer = 204;
      api = new Api(directory, door());
      awaitGot(all -> all.getLast().seq() == second && all.getLast().answer() == 204, "both");
      assertThat(got.stream().filter(each -> each.answer() == 204).map(Got::seq))
          .containsExactly(first, second);
      assertThat(got.stream().filter(each -> each.seq() == first).map(Got::delivery).distinct())
          .hasSize(1);
      assertThat(got.stream().filter(each -> each.seq() == first)).hasSizeGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void whatIsGivenUpIsKeptAndCanBeSentAgain() throws Exception {
    create(HOOKS, "mine", "\"deployment_*\"");
    answer = 302;
    long old = event("default", "deployment_created", Instant.now().minus(Duration.ofHours(25)));
    Api.await(() -> shown("mine").path("dead").asInt() == 1, "given up");
    JsonNode dead = shown("mine").path("dead_letters").get(0);
    assertThat(dead.path("error").asText()).isEqualTo("it answered 302");
    String again = "{\"delivery\":\"%s\"}".formatted(dead.path("delivery").asText());
    assertThat(api.post(HOOKS + "/mine/redeliver", again).json().path("taken").asBoolean())
        .isFalse();
    // As if it had been swept: the body was kept.
    api.observed.observed().run(tx -> tx.sweepEvents(0, Instant.now()));
    answer = 200;
    JsonNode sent = api.post(HOOKS + "/mine/redeliver", again).json();
    assertThat(sent.path("status").asInt()).isEqualTo(200);
    assertThat(got.getLast().seq()).isEqualTo(old);
    assertThat(shown("mine").path("dead_letters")).isEmpty();
    assertThat(api.post(HOOKS + "/mine/redeliver", again).code()).isEqualTo("delivery.not_found");
    long next = api.event("web", null, "deployment_changed", "c-1");
    awaitGot(all -> all.getLast().seq() == next, "it goes on");

    // What is swept while the API is away is lost, and said.
    Api.await(() -> shown("mine").path("seen").asLong() >= next, "stored");
    api.closeServer();
    for (int i = 0; i < 3; i++) {
      api.event("web", null, "deployment_changed", "c-1");
    }
    api.observed.observed().run(tx -> tx.sweepEvents(1, Instant.EPOCH));
    api.close();
    api = new Api(directory, door());
    Api.await(() -> shown("mine").path("lost").asInt() == 2, "two are lost");
    awaitGot(all -> all.getLast().seq() == next + 3, "the last one comes");
  }

  /** With a certificate of its own. */
  private HttpsServer secured(Certificates.Signed own) throws Exception {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(Certificates.client(own.certificate(), own)));
    server.createContext("/", this::receive);
    server.start();
    return server;
  }

  private void createSecured(String name, HttpsServer server, String more) throws Exception {
    String url = "https://localhost:" + server.getAddress().getPort() + "/";
    Api.Answer made =
        api.post(HOOKS, "{\"name\":\"%s\",\"url\":\"%s\"%s}".formatted(name, url, more));
    assertThat(made.status()).as(made.response().body()).isEqualTo(201);
  }

  private String tested(String name) throws Exception {
    return api.post(HOOKS + "/" + name + "/test", "").json().path("error").asText();
  }

  @Test
  void onlyReceiversWithCertificatesForTheirNameOfTrustedAuthoritiesAreTold() throws Exception {
    Certificates unknown = new Certificates("receivers");
    HttpsServer good = secured(trusted.issue("CN=x"));
    HttpsServer stranger = secured(unknown.issue("CN=localhost"));
    HttpsServer other = secured(trusted.issue("CN=localhost", List.of("other.example")));
    HttpsServer ended = secured(trusted.issue("CN=localhost", Duration.ofDays(-1)));
    try {
      createSecured("good", good, ",\"events\":[\"deployment_*\"]");
      createSecured("stranger", stranger, ",\"events\":[\"deployment_*\"]");
      createSecured("other", other, ",\"events\":[\"none\"]");
      createSecured("ended", ended, ",\"events\":[\"none\"]");
      long seq = api.event("web", null, "deployment_created", "c-1");
      awaitGot(all -> all.size() == 1 && all.getFirst().seq() == seq, "the trusted one is told");
      Api.await(() -> shown("stranger").path("tries").asInt() > 0, "the other one was tried");
      assertThat(shown("stranger").path("error").asText())
          .contains("of an authority that isn't trusted", "api.webhook_ca");
      assertThat(tested("stranger")).contains("isn't trusted");
      assertThat(tested("other")).contains("not for localhost");
      assertThat(tested("ended")).contains("has ended");
      // It waits longer from try to try.
      assertThat(shown("stranger").path("tries").asInt()).isLessThan(4);
      assertThat(Instant.parse(shown("stranger").path("next_at").asText()))
          .isAfter(Instant.now().minusSeconds(1));
      assertThat(got).hasSize(1);
      // A file that can't be used says so, and one that is mended serves at once.
      Files.writeString(authority, "nothing");
      assertThat(tested("good")).contains("api.webhook_ca", "holds no certificate");
      unknown.write(authority);
      assertThat(tested("good")).contains("isn't trusted");
      assertThat(tested("stranger")).isEmpty();
    } finally {
      for (HttpsServer server : List.of(good, stranger, other, ended)) {
        server.stop(0);
      }
      trusted.write(authority);
    }
  }

  /** At once after it was told, and once it is stored that it was. */
  @Test
  void whateverIsKilledMeanwhileEveryEventComesUnderOneIdAndNoneIsLost() throws Exception {
    create(HOOKS, "mine", "\"deployment_*\"");
    api.closeServer();
    List<Long> events = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      events.add(api.event("web", null, "deployment_changed", "c-1"));
    }
    serveUntilKilled("api.webhook.answered");
    assertThat(got.stream().map(Got::seq)).isEqualTo(events.subList(0, 1));
    serveUntilKilled("api.webhook.stored");
    assertThat(got.stream().skip(1).map(Got::seq)).isEqualTo(events);
    assertThat(got.getFirst().delivery()).isEqualTo(got.get(1).delivery());
    api.close();
    api = new Api(directory, door());
    long next = api.event("web", null, "deployment_deleted", "c-1");
    awaitGot(all -> all.getLast().seq() == next, "it goes on where it is stored that it was");
    assertThat(got.stream().skip(4).map(Got::seq)).containsExactly(next);
  }

  private void serveUntilKilled(String failpoint) throws Exception {
    Path failpoints = Files.createDirectories(directory.resolve("failpoints"));
    Files.writeString(failpoints.resolve(failpoint), "kill");
    Path log = directory.resolve(failpoint + ".log");
    int status = ApiProcess.serve(directory.resolve("h"), failpoints, log);
    assertThat(status).as(Files.readString(log)).isEqualTo(ApiProcess.KILLED);
  }

  @Test
  void everyProblemIsNamedAndNothingInsideIsCalled() throws Exception {
    Api.Answer wrong =
        api.post(
            HOOKS, "{\"name\":\"A b\",\"url\":\"ftp://x\",\"events\":[\"a b\"],\"level\":\"x\"}");
    assertThat(wrong.status()).isEqualTo(422);
    assertThat(wrong.json().path("violations")).hasSize(4);
    for (String url :
        List.of(
            "http://169.254.169.254/latest/meta-data",
            "http://[::1]:80/",
            "http://2130706434/",
            "http://[::ffff:10.0.0.1]/",
            "https://user:pass@hooks.example.com/",
            "http://hooks.example.com/#x",
            "http://x\\r\\nHost: y/",
            "http:///x")) {
      assertThat(api.post(HOOKS, "{\"url\":\"%s\"}".formatted(url)).status())
          .as(url)
          .isEqualTo(422);
    }
    // Of a name it shows when it is called; by default not even this host's receiver may be.
    api.close();
    api = new Api(directory);
    String named =
        "{\"name\":\"n\",\"url\":\"%s\"}".formatted(url().replace("127.0.0.1", "localhost"));
    assertThat(api.post(HOOKS, named).status()).isEqualTo(201);
    assertThat(api.post(HOOKS, named).code()).isEqualTo("webhook.exists");
    JsonNode tested = api.post(HOOKS + "/n/test", "").json();
    assertThat(tested.path("taken").asBoolean()).isFalse();
    assertThat(tested.path("error").asText()).contains("a loopback address");
    assertThat(got).isEmpty();
  }
}
