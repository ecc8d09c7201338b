package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** logs, exec, get --watch. */
final class StreamCommandsTest {
  private static final String LINE_1 =
      "{\"instance\":\"web-7k2xq9\",\"source\":\"stdout\",\"at\":\"2026-11-20T17:59:00.000Z\",\"line\":\"one\"}";
  private static final String LINE_2 =
      "{\"instance\":\"web-m4np8r\",\"source\":\"stderr\",\"at\":\"2026-11-20T17:59:01.000Z\",\"line\":\"two\"}";

  @TempDir Path home;
  private FakeApi api;
  private CliRun cli;

  @BeforeEach
  void start() {
    api = Canned.api();
    cli = new CliRun(home).api(api);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  @Test
  void logsOfAnInstanceArePlain() {
    api.on("GET /v1/instances/web-7k2xq9/logs", Canned.items(LINE_1));
    assertThat(cli.run("logs", "web-7k2xq9", "--tail", "5", "--since", "1h30m").out())
        .isEqualTo("one\n");
    assertThat(api.lines())
        .last()
        .isEqualTo("GET /v1/instances/web-7k2xq9/logs?tail=5&since=5400s");
    assertThat(cli.run("logs", "-t", "web-7k2xq9").out())
        .isEqualTo("2026-11-20T17:59:00.000Z one\n");
  }

  @Test
  void logsOfSeveralInstancesSayWhose() {
    api.on("GET /v1/namespaces/default/deployments/web/logs", Canned.items(LINE_1, LINE_2));
    assertThat(cli.run("logs", "web").out()).isEqualTo("[web-7k2xq9] one\n[web-m4np8r] two\n");
    api.on(
        "GET /v1/namespaces/default/deployments/web/logs",
        "{\"items\":["
            + LINE_1
            + "],\"errors\":[{\"instance\":\"web-m4np8r\",\"message\":\"no log\"}]}");
    assertThat(cli.run("logs", "web"))
        .isEqualTo(new CliRun.Result(1, "[web-7k2xq9] one\n", "web-m4np8r: no log\n"));
    assertThat(cli.run("logs", "web", "--since", "yesterday").exit()).isEqualTo(2);
    assertThat(cli.run("logs", "nosuch").exit()).isEqualTo(4);
  }

  @Test
  void followedLogsResumeOnceWithoutRepeatingLines() {
    int[] calls = {0};
    api.on(
        "GET /v1/instances/web-7k2xq9/logs",
        (exchange, body) -> {
          calls[0]++;
          String lines =
              "event: error\ndata: {\"instance\":\"i\",\"message\":\"m\"}\n\ndata: "
                  + LINE_1
                  + "\n\n";
          if (calls[0] == 1) {
            // Declares more than it sends: the connection breaks.
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write((": hi\n\n" + lines).getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            exchange.close();
          } else if (calls[0] == 2) {
            FakeApi.stream(lines + "data: " + LINE_2 + "\n\n").handle(exchange, body);
          } else {
            FakeApi.stream("data: " + LINE_2 + "\n\n").handle(exchange, body);
          }
        });
    CliRun.Result result = cli.realTime().run("logs", "-f", "web-7k2xq9");
    assertThat(result).isEqualTo(new CliRun.Result(0, "one\ntwo\n", "i: m\ni: m\n"));
    assertThat(api.lines())
        .contains(
            "GET /v1/instances/web-7k2xq9/logs?follow=true",
            "GET /v1/instances/web-7k2xq9/logs?tail=-1&since=2026-11-20T17%3A59%3A00.000Z&follow=true");
  }

  @Test
  void followingEndsQuietlyWhenNobodyReads() {
    api.on(
        "GET /v1/instances/web-7k2xq9/logs",
        FakeApi.stream(("data: " + LINE_1 + "\n\n").repeat(50)));
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exit =
        GyreCli.run(
            new String[] {"logs", "-f", "web-7k2xq9"},
            cli.environment(),
            InputStream.nullInputStream(),
            closed,
            err);
    assertThat(exit).isEqualTo(0);
    assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(api.lines()).filteredOn(line -> line.contains("logs")).hasSize(1);
  }

  private static byte[] frames(Object... kindsAndPayloads) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    for (int i = 0; i < kindsAndPayloads.length; i += 2) {
      Object payload = kindsAndPayloads[i + 1];
      byte[] content =
          payload instanceof Integer code
              ? new byte[] {0, 0, 0, code.byteValue()}
              : payload.toString().getBytes(StandardCharsets.UTF_8);
      out.writeByte((Integer) kindsAndPayloads[i]);
      out.writeInt(content.length);
      out.write(content);
    }
    return bytes.toByteArray();
  }

  private void onExec(byte[] frames) {
    api.on(
        "POST /v1/instances/web-7k2xq9/exec",
        (exchange, body) -> FakeApi.reply(exchange, 200, "application/octet-stream", frames));
  }

  @Test
  void execPassesEverythingOn() throws IOException {
    onExec(frames(2, "out\n", 7, "", 3, "err\n", 2, "more", 4, 7));
    cli.stdin("input".getBytes(StandardCharsets.UTF_8));
    CliRun.Result result = cli.run("exec", "web", "-i", "--", "sh", "-c", "cat @x", "--", "-n");
    assertThat(result)
        .isEqualTo(
            new CliRun.Result(7, "out\nmore", "using instance web-7k2xq9 of default/web\nerr\n"));
    assertThat(api.requests().getLast().body())
        .isEqualTo("{\"command\":[\"sh\",\"-c\",\"cat @x\",\"--\",\"-n\"],\"stdin\":\"aW5wdXQ=\"}");
  }

  @Test
  void execWithoutStdinSendsNone() throws IOException {
    onExec(frames(4, 0));
    assertThat(cli.run("exec", "web-7k2xq9", "--", "true")).isEqualTo(new CliRun.Result(0, "", ""));
    assertThat(api.requests().getLast().body()).isEqualTo("{\"command\":[\"true\"]}");
    assertThat(cli.run("exec", "web-7k2xq9").exit()).isEqualTo(2);
  }

  @Test
  void execFailsInWords() throws IOException {
    onExec(frames(5, "UNAVAILABLE\nruntime.away\nthe runtime host is away\ngyre status"));
    assertThat(cli.run("exec", "web-7k2xq9", "--", "x"))
        .isEqualTo(new CliRun.Result(3, "", "error: the runtime host is away\n  gyre status\n"));
    onExec(frames(2, "half"));
    CliRun.Result cut = cli.run("exec", "web-7k2xq9", "--", "x");
    assertThat(cut.exit()).isEqualTo(1);
    assertThat(cut.err()).contains("ended before the command did");
    cli.stdin(new byte[(1 << 20) + 1]);
    assertThat(cli.run("exec", "web-7k2xq9", "-i", "--", "x").err()).contains("larger than 1 MiB");
    api.on("GET /v1/instances", Canned.items(Canned.WEB_2));
    assertThat(cli.run("exec", "web", "--", "x").err()).contains("has no ready instance");
  }

  /** Lets the reader go after so many lines, as {@code head} does. */
  private static final class Head extends OutputStream {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int left;

    Head(int lines) {
      left = lines;
    }

    @Override
    public void write(int b) throws IOException {
      if (left == 0) {
        throw new IOException("Broken pipe");
      }
      bytes.write(b);
      left -= b == '\n' ? 1 : 0;
    }

    String text() {
      return bytes.toString(StandardCharsets.UTF_8);
    }
  }

  private String watch(int lines, String... args) {
    Head out = new Head(lines);
    int exit =
        GyreCli.run(
            args,
            cli.environment(),
            InputStream.nullInputStream(),
            out,
            OutputStream.nullOutputStream(),
            () -> CliRun.NOW);
    assertThat(exit).isEqualTo(0);
    return out.text();
  }

  private void onEvents(String stream) {
    api.on(
        "GET /v1/events",
        (exchange, body) -> {
          if ("text/event-stream".equals(exchange.getRequestHeaders().getFirst("Accept"))) {
            FakeApi.stream(stream).handle(exchange, body);
          } else {
            byte[] json = Canned.events(7, Canned.EVENT).getBytes(StandardCharsets.UTF_8);
            FakeApi.reply(exchange, 200, "application/json", json);
          }
        });
  }

  @Test
  void watchPrintsOnlyRowsThatChange() {
    String running = Canned.WEB.replace("\"creating\"", "\"running\"");
    api.cycle(
        "GET /v1/deployments",
        Canned.items(Canned.WEB, Canned.DB),
        Canned.items(Canned.WEB, Canned.DB),
        Canned.items(running, Canned.DB));
    onEvents("id: 8\ndata: {}\n\nid: 9\ndata: {}\n\n: heartbeat\n\n");

    assertThat(watch(5, "get", "deploy", "-w"))
        .isEqualTo(
            """
            NAME   READY   PHASE      REVISION   AGE   RUNTIME
            web    1/2     creating   2          60m   process
            db     1/1     running    1          5d    docker
            web    1/2     running    2          60m   process
            web    1/2     creating   2          60m   process
            """);
    assertThat(api.lines()).contains("GET /v1/events?after=7");
  }

  @Test
  void watchedEventsComeFromTheStreamAndResumeWhereItBroke() {
    onEvents(
        "id: 8\ndata: " + Canned.oneLine(Canned.EVENT).replace("\"seq\":7", "\"seq\":8") + "\n\n");
    String out = watch(3, "get", "events", "-o", "name", "-w");
    assertThat(out).startsWith("7\n8\n");
    assertThat(api.lines()).contains("GET /v1/events?after=7&namespace=default");
  }
}
