package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gyre.api.Api.Answer;
import io.gyre.messages.Message;
import io.gyre.messages.Message.OpenExec;
import io.gyre.messages.Message.OpenLogs;
import io.gyre.messages.StreamFrame;
import io.gyre.messages.StreamFrame.Kind;
import io.gyre.messages.StreamFrames;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs and exec against a runtime host that does what each test wants. */
final class StreamsComponentTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path root;
  private Api api;

  /** What the host does with a stream. */
  private interface Behaviour {
    void serve(Message request, SocketChannel channel) throws IOException, InterruptedException;
  }

  @BeforeEach
  void start() throws Exception {
    api = new Api(root);
    assertThat(api.apply("deployments: {web: {process: {command: x}}}").status()).isEqualTo(200);
  }

  @AfterEach
  void stop() throws Exception {
    api.close();
    try (Stream<Path> files = Files.list(api.home.sockets())) {
      assertThat(files.filter(file -> file.getFileName().toString().startsWith("s-"))).isEmpty();
    }
  }

  private void host(Behaviour behaviour) {
    api.host(
        message -> {
          String path =
              switch (message) {
                case OpenLogs open -> open.socketPath();
                case OpenExec open -> open.socketPath();
                default -> "";
              };
          if (!path.isEmpty()) {
            Thread _ = Thread.startVirtualThread(() -> serve(behaviour, message, path));
          }
        });
  }

  private static void serve(Behaviour behaviour, Message message, String path) {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      behaviour.serve(message, channel);
    } catch (IOException e) {
      // The other side went away: that is what some tests do.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void line(SocketChannel channel, Kind kind, long at, String text)
      throws IOException {
    StreamFrames.write(
        channel,
        StreamFrames.line(
            kind,
            at == 0 ? null : Instant.ofEpochMilli(at),
            text.getBytes(StandardCharsets.UTF_8)));
  }

  private static void end(SocketChannel channel) throws IOException {
    StreamFrames.write(channel, StreamFrames.of(Kind.END));
  }

  @Test
  void logsOfAnInstance() throws Exception {
    InstanceId id = api.instance("web", "aaaaaa", "c-1");
    BlockingQueue<OpenLogs> asked = new LinkedBlockingQueue<>();
    host(
        (request, channel) -> {
          asked.add((OpenLogs) request);
          line(channel, Kind.STDOUT, 1000, "hällo \"x\"");
          line(channel, Kind.STDERR, 2000, "oops");
          end(channel);
        });
    Answer answer = api.get("/v1/instances/" + id + "/logs?tail=7&since=2030-01-02T03:04:05Z");
    assertThat(answer.status()).as(answer.response().body()).isEqualTo(200);
    JsonNode items = answer.json().path("items");
    assertThat(items.findValuesAsText("line")).containsExactly("hällo \"x\"", "oops");
    assertThat(items.findValuesAsText("source")).containsExactly("stdout", "stderr");
    assertThat(items.get(0).path("instance").asText()).isEqualTo(id.value());
    assertThat(items.get(0).path("at").asText()).isEqualTo("1970-01-01T00:00:01.000Z");
    assertThat(answer.json().has("errors")).isFalse();
    OpenLogs open = asked.take();
    assertThat(open.tail()).isEqualTo(7);
    assertThat(open.since()).isEqualTo(Instant.parse("2030-01-02T03:04:05Z"));
    assertThat(open.follow()).isFalse();
  }

  @Test
  void logsOfADeploymentAreMergedByTime() throws Exception {
    InstanceId first = api.instance("web", "aaaaaa", "c-1");
    InstanceId second = api.instance("web", "bbbbbb", "c-1");
    InstanceId broken = api.instance("web", "cccccc", "c-1");
    host(
        (request, channel) -> {
          InstanceId id = ((OpenLogs) request).instance();
          if (id.equals(broken)) {
            StreamFrames.write(
                channel,
                StreamFrames.error(
                    new GyreException(ErrorKind.NOT_FOUND, "log.none", "no log", "wait")));
            return;
          }
          for (int i = id.equals(first) ? 0 : 1; i < 2000; i += 2) {
            line(channel, Kind.STDOUT, 1000 + i, "line " + i);
          }
          end(channel);
        });
    JsonNode answer = api.get("/v1/namespaces/default/deployments/web/logs?tail=-1").json();
    List<String> lines = answer.path("items").findValuesAsText("line");
    assertThat(lines).hasSize(2000);
    for (int i = 0; i < 2000; i++) {
      assertThat(lines.get(i)).isEqualTo("line " + i);
    }
    assertThat(Set.copyOf(answer.path("items").findValuesAsText("instance")))
        .containsExactlyInAnyOrder(first.value(), second.value());
    assertThat(answer.path("errors").get(0).path("code").asText()).isEqualTo("log.none");
  }

  @Test
  void aRefusalOfTheHostIsTheAnswer() throws Exception {
    InstanceId id = api.instance("web", "aaaaaa", "c-1");
    host(
        (request, channel) ->
            StreamFrames.write(
                channel,
                StreamFrames.error(
                    new GyreException(
                        ErrorKind.UNSUPPORTED, "runtime.no_logs", "it keeps no logs", "look"))));
    for (String follow : List.of("", "?follow=true")) {
      Answer answer = api.get("/v1/instances/" + id + "/logs" + follow);
      assertThat(answer.status()).isEqualTo(422);
      assertThat(answer.code()).isEqualTo("runtime.no_logs");
      assertThat(answer.json().path("hint").asText()).isEqualTo("look");
    }
    Answer exec = api.post("/v1/instances/" + id + "/exec", "{\"command\":[\"a\"]}");
    assertThat(exec.status()).isEqualTo(422);
    assertThat(exec.code()).isEqualTo("runtime.no_logs");
  }

  @Test
  void aHostThatIsAwayIsSaidSo() throws Exception {
    InstanceId id = api.instance("web", "aaaaaa", "c-1");
    Answer answer = api.get("/v1/instances/" + id + "/logs");
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.code()).isEqualTo("runtime.away");
    assertThat(answer.json().path("hint").asText()).contains("gyre status");
  }

  /** Reads data lines of a stream of events. */
  private static JsonNode next(BufferedReader reader) throws IOException {
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      if (line.startsWith("data: ")) {
        return JSON.readTree(line.substring(6));
      }
    }
    throw new AssertionError("the stream ended");
  }

  private BufferedReader follow(String path) throws Exception {
    HttpResponse<InputStream> response =
        api.client().send(api.request(path).build(), BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  @Test
  void followsInstancesThatAppearAndTakesUpABrokenStream() throws Exception {
    InstanceId first = api.instance("web", "aaaaaa", "c-1");
    BlockingQueue<OpenLogs> asked = new LinkedBlockingQueue<>();
    host(
        (request, channel) -> {
          OpenLogs open = (OpenLogs) request;
          asked.add(open);
          boolean again = open.since() != null;
          line(channel, Kind.STDOUT, again ? 9000 : 5000, again ? "again" : "hello");
          if (again || !open.instance().equals(first)) {
            // Stays open until the client leaves.
            Optional<StreamFrame> _ = StreamFrames.read(channel);
          }
        });
    try (BufferedReader reader =
        follow("/v1/namespaces/default/deployments/web/logs?follow=true&tail=5")) {
      assertThat(next(reader).path("line").asText()).isEqualTo("hello");
      assertThat(asked.take().tail()).isEqualTo(5);
      // The host closed the first stream without an end: an error, then the rest.
      assertThat(next(reader).path("code").asText()).isEqualTo("runtime.away");
      assertThat(next(reader).path("line").asText()).isEqualTo("again");
      assertThat(asked.take().since()).isEqualTo(Instant.ofEpochMilli(5001));
      InstanceId second = api.instance("web", "bbbbbb", "c-1");
      api.event("web", second.value(), "instance_started", "c-1");
      JsonNode line = next(reader);
      assertThat(line.path("instance").asText()).isEqualTo(second.value());
      assertThat(asked.take().tail()).isEqualTo(-1);
    }
  }

  @Test
  void aFollowedInstanceEndsWithItsLog() throws Exception {
    InstanceId id = api.instance("web", "aaaaaa", "c-1");
    host(
        (request, channel) -> {
          for (int i = 0; i < 20_000; i++) {
            line(channel, Kind.STDOUT, 1000 + i, "line " + i);
          }
          end(channel);
        });
    Set<String> lines = new HashSet<>();
    try (BufferedReader reader = follow("/v1/instances/" + id + "/logs?follow=true")) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.startsWith("data: ")) {
          lines.add(JSON.readTree(line.substring(6)).path("line").asText());
        }
      }
    }
    assertThat(lines).hasSize(20_000);
  }

  @Test
  void aFollowerThatLeavesEndsTheHostsStream() throws Exception {
    InstanceId id = api.instance("web", "aaaaaa", "c-1");
    BlockingQueue<String> ended = new LinkedBlockingQueue<>();
    host(
        (request, channel) -> {
          try {
            while (true) {
              line(channel, Kind.STDOUT, 1000, "x".repeat(1000));
            }
          } catch (IOException e) {
            ended.add("ended");
            throw e;
          }
        });
    try (BufferedReader reader = follow("/v1/instances/" + id + "/logs?follow=true")) {
      assertThat(next(reader).path("line").asText()).startsWith("xxx");
      // Nothing is read for a while: the host must be held up, and be let go at the end.
      assertThat(ended).isEmpty();
    }
    Api.await(() -> !ended.isEmpty(), "the end of the host's stream");
  }

  @Test
  void whoLeavesAQuietStreamEndsItAtTheHost() throws Exception {
    InstanceId id = api.instance("web", "aaaaaa", "c-1");
    BlockingQueue<String> ended = new LinkedBlockingQueue<>();
    host(
        (request, channel) -> {
          line(channel, Kind.STDOUT, 1000, "one");
          while (StreamFrames.read(channel).isPresent()) {
            // Until the API closes it.
          }
          ended.add("ended");
        });
    try (BufferedReader reader = follow("/v1/instances/" + id + "/logs?follow=true")) {
      assertThat(next(reader).path("line").asText()).isEqualTo("one");
    }
    Api.await(() -> ended.size() == 1, "the end of the log");
    HttpResponse<InputStream> exec =
        api.client()
            .send(
                api.request("/v1/instances/" + id + "/exec")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"command\":[\"a\"]}"))
                    .build(),
                BodyHandlers.ofInputStream());
    try (InputStream in = exec.body()) {
      assertThat(StreamFrames.read(in).orElseThrow().kind()).isEqualTo(Kind.STDOUT);
      assertThat(StreamFrames.read(in).orElseThrow().kind()).isEqualTo(Kind.PING);
    }
    Api.await(() -> ended.size() == 2, "the end of the command's stream");
    Api.await(() -> api.streams() == 0, "the end of all streams");
  }

  @Test
  void execPassesInputAndOutput() throws Exception {
    InstanceId id = api.instance("web", "aaaaaa", "c-1");
    host(
        (request, channel) -> {
          OpenExec open = (OpenExec) request;
          assertThat(open.command()).containsExactly("cat", "-n");
          ByteArrayOutputStream stdin = new ByteArrayOutputStream();
          for (StreamFrame frame = StreamFrames.read(channel).orElseThrow();
              frame.kind() == Kind.STDIN;
              frame = StreamFrames.read(channel).orElseThrow()) {
            stdin.writeBytes(frame.payload());
          }
          StreamFrames.write(channel, new StreamFrame(Kind.STDOUT, stdin.toByteArray()));
          StreamFrames.write(channel, new StreamFrame(Kind.STDERR, new byte[] {1, 2, 3}));
          StreamFrames.write(channel, StreamFrames.exit(42));
        });
    byte[] input = "some input\n".repeat(10_000).getBytes(StandardCharsets.UTF_8);
    String body =
        "{\"command\":[\"cat\",\"-n\"],\"stdin\":\""
            + Base64.getEncoder().encodeToString(input)
            + "\"}";
    HttpResponse<InputStream> response =
        api.client()
            .send(
                api.request("/v1/instances/" + id + "/exec")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(body))
                    .build(),
                BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    try (InputStream in = response.body()) {
      assertThat(StreamFrames.read(in).orElseThrow().payload()).isEqualTo(input);
      assertThat(StreamFrames.read(in).orElseThrow().kind()).isEqualTo(Kind.STDERR);
      assertThat(StreamFrames.exitCode(StreamFrames.read(in).orElseThrow())).isEqualTo(42);
      assertThat(StreamFrames.read(in)).isEmpty();
    }
  }

  @Test
  void execThatBreaksOffSaysSo() throws Exception {
    InstanceId id = api.instance("web", "aaaaaa", "c-1");
    host(
        (request, channel) ->
            StreamFrames.write(channel, new StreamFrame(Kind.STDOUT, new byte[] {'a'})));
    HttpResponse<InputStream> response =
        api.client()
            .send(
                api.request("/v1/instances/" + id + "/exec")
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString("{\"command\":[\"a\"]}"))
                    .build(),
                BodyHandlers.ofInputStream());
    try (InputStream in = response.body()) {
      assertThat(StreamFrames.read(in).orElseThrow().kind()).isEqualTo(Kind.STDOUT);
      assertThat(StreamFrames.toException(StreamFrames.read(in).orElseThrow()).code())
          .isEqualTo("runtime.away");
    }
    for (String body :
        List.of("{}", "{\"command\":[]}", "{\"command\":[null]}", "{\"command\":[\"\"]}")) {
      assertThat(api.post("/v1/instances/" + id + "/exec", body).code())
          .startsWith("exec.command.");
    }
    assertThat(
            api.post("/v1/instances/" + id + "/exec", "{\"command\":[\"a\"],\"stdin\":\"!\"}")
                .code())
        .isEqualTo("exec.stdin.invalid");
  }
}
