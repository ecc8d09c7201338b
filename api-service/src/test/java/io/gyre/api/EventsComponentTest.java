package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gyre.model.EventRecord;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EventsComponentTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path root;
  private Api api;

  @BeforeEach
  void start() throws Exception {
    api = new Api(root);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  /** An open stream of events. */
  private static final class Watcher implements AutoCloseable {
    final HttpResponse<InputStream> response;
    private final BufferedReader lines;
    String lastId = "";

    Watcher(HttpResponse<InputStream> response) {
      this.response = response;
      this.lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
    }

    JsonNode next() throws Exception {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("id: ")) {
          lastId = line.substring(4);
        } else if (line.startsWith("data: ")) {
          return JSON.readTree(line.substring(6));
        }
      }
      throw new AssertionError("the stream ended");
    }

    boolean ends() throws Exception {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("data: ")) {
          return false;
        }
      }
      return true;
    }

    @Override
    public void close() throws IOException {
      response.body().close();
    }
  }

  private Watcher watch(String query, String... headers) throws Exception {
    HttpRequest.Builder request =
        api.request("/v1/events" + query).header("Accept", "text/event-stream");
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    HttpResponse<InputStream> response =
        api.client().send(request.build(), BodyHandlers.ofInputStream());
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    return new Watcher(response);
  }

  @Test
  void pagesOldestFirst() throws Exception {
    List<Long> seqs = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      seqs.add(api.event("d" + i % 2, null, "r" + i, "c-1"));
    }
    JsonNode newest = api.get("/v1/events?limit=2").json();
    assertThat(newest.path("items").findValuesAsText("reason")).containsExactly("r3", "r4");
    assertThat(newest.path("last_seq").asLong()).isEqualTo(seqs.getLast());
    JsonNode after = api.get("/v1/events?limit=2&after=" + seqs.getFirst()).json();
    assertThat(after.path("items").findValuesAsText("reason")).containsExactly("r1", "r2");
    assertThat(api.get("/v1/events?deployment=d1").json().path("items")).hasSize(2);
    assertThat(api.get("/v1/events?namespace=other").json().path("items")).isEmpty();
  }

  @Test
  void aStreamGoesOnAfterTheLastIdInOrder() throws Exception {
    api.event("a", null, "before", "c-1");
    String last;
    try (Watcher watcher = watch("")) {
      api.event("a", null, "one", "c-1");
      assertThat(watcher.next().path("reason").asText()).isEqualTo("one");
      last = watcher.lastId;
    }
    for (int i = 0; i < 700; i++) {
      quiet("bulk" + i);
    }
    api.event("a", null, "end", "c-1");
    try (Watcher watcher = watch("?after=0", "Last-Event-ID", last)) {
      long seen = Long.parseLong(last);
      JsonNode event;
      int count = 0;
      do {
        event = watcher.next();
        assertThat(event.path("seq").asLong()).isEqualTo(++seen);
        assertThat(watcher.lastId).isEqualTo(event.path("seq").asText());
        count++;
      } while (!event.path("reason").asText().equals("end"));
      assertThat(count).isEqualTo(701);
    }
    try (Watcher watcher = watch("?after=0&deployment=none")) {
      api.event("none", null, "mine", "c-1");
      assertThat(watcher.next().path("reason").asText()).isEqualTo("mine");
    }
  }

  private void quiet(String reason) {
    long _ =
        api.observed
            .observed()
            .transact(
                tx ->
                    tx.appendEvent(
                        new EventRecord(
                            0,
                            Api.CLOCK.instant(),
                            EventRecord.Level.NORMAL,
                            "default",
                            "a",
                            null,
                            reason,
                            reason,
                            "c-1")));
  }

  @Test
  void aLostRingIsMadeUpFor() throws Exception {
    try (Watcher watcher = watch("")) {
      quiet("unannounced");
      long start = System.nanoTime();
      assertThat(watcher.next().path("reason").asText()).isEqualTo("unannounced");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }
  }

  @Test
  void whoDoesNotReadHoldsNobodyUp() throws Exception {
    try (Socket slow = api.connect();
        Watcher quick = watch("")) {
      OutputStream out = slow.getOutputStream();
      out.write(
          ("GET /v1/events?after=0 HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                  + "Authorization: Bearer "
                  + api.token
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      out.flush();
      String filler = "x".repeat(8000);
      for (int i = 0; i < 1000; i++) {
        quiet(filler + i);
      }
      api.event("a", null, "end", "c-1");
      JsonNode event;
      do {
        event = quick.next();
      } while (!event.path("reason").asText().equals("end"));
      assertThat(api.get("/v1/status").status()).isEqualTo(200);
    }
  }

  @Test
  void whoNeverReadsLosesItsConnection() throws Exception {
    try (Socket slow = new Socket()) {
      slow.setReceiveBufferSize(4096);
      slow.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), api.port()));
      slow.getOutputStream()
          .write(
              ("GET /v1/events?after=0 HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                      + "Authorization: Bearer "
                      + api.token
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      String filler = "x".repeat(8000);
      for (int i = 0; i < 2000; i++) {
        quiet(filler + i);
      }
      api.event("a", null, "end", "c-1");
      // Its thread waits to write, and gives up.
      Api.await(() -> api.streams() == 1, "the stream");
      Api.await(() -> api.streams() == 0, "the end of the stream");
      assertThat(readUntil(slow, "\"reason\":\"end\"")).isFalse();
    }
  }

  @Test
  void aQuietStreamShowsThatItLives() throws Exception {
    try (Watcher watcher = watch("")) {
      Api.await(() -> api.streams() == 1, "the stream");
      int beats = 0;
      while (beats < 3) {
        beats += watcher.lines.readLine().startsWith(": alive") ? 1 : 0;
      }
    }
    Api.await(() -> api.streams() == 0, "the end of the stream that nobody reads");
  }

  @Test
  void aThousandWatchersAreServedAndEndWithTheApi() throws Exception {
    List<Socket> watchers = new ArrayList<>();
    try {
      for (int i = 0; i < 1000; i++) {
        Socket socket = api.connect();
        socket.setSoTimeout(20_000);
        socket
            .getOutputStream()
            .write(
                ("GET /v1/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n"
                        + "Authorization: Bearer "
                        + api.token
                        + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
        watchers.add(socket);
      }
      for (Socket watcher : watchers) {
        assertThat(readUntil(watcher, "retry: 1000")).isTrue();
      }
      assertThat(Thread.getAllStackTraces()).hasSizeLessThan(100);
      api.event("a", null, "for all", "c-1");
      for (Socket watcher : watchers) {
        assertThat(readUntil(watcher, "for all")).isTrue();
      }
      long start = System.nanoTime();
      api.closeServer();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
      for (Socket watcher : watchers) {
        assertThat(readUntil(watcher, "never said")).isFalse();
      }
    } finally {
      for (Socket watcher : watchers) {
        watcher.close();
      }
    }
  }

  /** False where the stream ends before. */
  private static boolean readUntil(Socket socket, String text) throws Exception {
    StringBuilder read = new StringBuilder();
    byte[] buffer = new byte[4096];
    try {
      while (read.indexOf(text) < 0) {
        int count = socket.getInputStream().read(buffer);
        if (count < 0) {
          return false;
        }
        read.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
      }
      return true;
    } catch (SocketException e) {
      return false;
    }
  }

  @Test
  void closesWithinASecondWithAnOpenStream() throws Exception {
    try (Watcher watcher = watch("")) {
      long start = System.nanoTime();
      api.closeServer();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
      assertThat(watcher.ends()).isTrue();
    }
  }
}
