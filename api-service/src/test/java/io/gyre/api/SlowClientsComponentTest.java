package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.api.Api.Answer;
import io.gyre.api.http.Timeouts;
import io.gyre.component.ApiDoor;
import io.gyre.model.EventRecord;
import java.io.IOException;
import java.io.InputStream;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who sends or reads too slowly, connects too often or asks too fast; with short limits. */
final class SlowClientsComponentTest {
  private static final int PER_ADDRESS = 3;

  /** More than the kernel keeps of a connection, which is some 6 MB at both ends. */
  private static final int EVENTS = 4000;

  private static final String LONG = "x".repeat(4000);
  private static final Pattern ID = Pattern.compile("id: (\\d+)\ndata: [^\n]*\n\n");

  @TempDir static Path root;
  private static Api api;

  @BeforeAll
  static void start() throws Exception {
    ApiDoor usual = ApiDoor.DEFAULT;
    api =
        Api.open(
            root,
            new ApiDoor(
                usual.hosts(),
                usual.origins(),
                new ApiDoor.Limits(100_000, 100, 400, PER_ADDRESS),
                usual.audit(),
                null),
            new Timeouts(
                Duration.ofSeconds(1),
                Duration.ofMillis(500),
                Duration.ofMillis(500),
                Duration.ofMillis(300),
                Duration.ofSeconds(2)));
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static String head(String target, String headers) {
    return target
        + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
        + api.token
        + "\r\n"
        + headers
        + "\r\n";
  }

  /** By HTTP/1.0, without chunks in between. */
  private static String stream(String target, String headers) {
    return head(target, "Accept: text/event-stream\r\n" + headers).replace("HTTP/1.1", "HTTP/1.0");
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }

  /** All at once, for each takes its time. */
  @Test
  void whatDripsIsCutOff() throws Exception {
    String post = "Content-Type: application/yaml\r\nConnection: close\r\n";
    try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<String> header = each.submit(() -> drip("GET /v1/health HTTP/1.1\r\nX: ", "a"));
      Future<String> lines = each.submit(() -> drip("", "\r\n"));
      Future<String> body =
          each.submit(() -> drip(head("POST /v1/apply", post + "Content-Length: 100000\r\n"), "#"));
      Future<String> chunks =
          each.submit(
              () ->
                  drip(
                      head("POST /v1/apply", post + "Transfer-Encoding: chunked\r\n"),
                      "1\r\n#\r\n"));
      assertThat(header.get()).isEmpty();
      assertThat(lines.get()).isEmpty();
      assertThat(body.get()).startsWith("HTTP/1.1 408").contains("http.body_too_slow");
      assertThat(chunks.get()).startsWith("HTTP/1.1 408").contains("http.body_too_slow");
    }
  }

  /** Sends a piece every 50 ms, so that it is never idle, until it is cut off; what was said. */
  private static String drip(String first, String piece) throws Exception {
    try (Socket socket = api.connect()) {
      send(socket, first);
      return drip(socket, piece);
    }
  }

  private static String drip(Socket socket, String piece) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    InputStream in = socket.getInputStream();
    StringBuilder said = new StringBuilder();
    byte[] buffer = new byte[8192];
    socket.setSoTimeout(50);
    while (System.nanoTime() < end) {
      try {
        send(socket, piece);
        int read = in.read(buffer);
        if (read < 0) {
          return said.toString();
        }
        said.append(new String(buffer, 0, read, StandardCharsets.UTF_8));
      } catch (SocketTimeoutException e) {
        // Nothing yet.
      } catch (SocketException e) {
        return said.toString();
      }
    }
    throw new AssertionError("it may drip forever; so far: " + said);
  }

  @Test
  void whoDoesNotReadIsCutOffAndGoesOnWhereHeWas() throws Exception {
    long before = api.event("web", null, "before", "c");
    long last =
        api.observed
            .observed()
            .transact(
                tx -> {
                  long seq = 0;
                  for (int i = 0; i < EVENTS; i++) {
                    seq =
                        tx.appendEvent(
                            new EventRecord(
                                0,
                                Api.CLOCK.instant(),
                                EventRecord.Level.NORMAL,
                                "default",
                                "web",
                                null,
                                "much",
                                LONG,
                                "c"));
                  }
                  return seq;
                });
    String target = "GET /v1/events?after=" + before;
    long seen;
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(8192);
      socket.setSoTimeout(20_000);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), api.port()));
      send(socket, stream(target, ""));
      assertThat(new String(socket.getInputStream().readNBytes(15), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 200");
      Api.await(() -> api.streams() == 0, "the stream of a client that doesn't read has ended");
      String got = untilCut(socket);
      Matcher ids = ID.matcher(got);
      seen = before;
      while (ids.find()) {
        assertThat(Long.parseLong(ids.group(1))).isEqualTo(seen + 1);
        seen++;
      }
    }
    assertThat(seen).isBetween(before + 1, last - 1);
    try (Socket socket = api.connect()) {
      socket.setSoTimeout(20_000);
      send(socket, stream(target, "Last-Event-ID: " + seen + "\r\n"));
      StringBuilder got = new StringBuilder();
      byte[] buffer = new byte[65536];
      while (got.indexOf("id: ") < 0 || !ID.matcher(got).find()) {
        int read = socket.getInputStream().read(buffer);
        assertThat(read).isPositive();
        got.append(new String(buffer, 0, read, StandardCharsets.UTF_8));
      }
      Matcher first = ID.matcher(got);
      assertThat(first.find()).isTrue();
      assertThat(first.group(1)).isEqualTo(Long.toString(seen + 1));
    }
    Api.await(() -> api.streams() == 0, "the second stream has ended, too");
  }

  private static String untilCut(Socket socket) throws IOException {
    StringBuilder got = new StringBuilder();
    byte[] buffer = new byte[65536];
    try {
      for (int read = 0; read >= 0; read = socket.getInputStream().read(buffer)) {
        got.append(new String(buffer, 0, read, StandardCharsets.UTF_8));
      }
    } catch (SocketException e) {
      // A reset.
    }
    return got.toString();
  }

  @Test
  void anotherMachineHasSoManyConnectionsAndNoMore() throws Exception {
    Optional<InetAddress> address = elsewhere();
    Assumptions.assumeTrue(address.isPresent(), "this host has no address but loopback");
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < PER_ADDRESS; i++) {
        open.add(new Socket(address.get(), api.port()));
        assertThat(health(open.get(i))).startsWith("HTTP/1.1 200");
      }
      try (Socket one = new Socket(address.get(), api.port())) {
        assertThat(health(one)).isEmpty();
      }
      // This host itself isn't another machine.
      assertThat(api.get("/v1/status").status()).isEqualTo(200);
      open.getFirst().close();
      Api.await(() -> served(address.get()), "the place of a connection that has ended is free");
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  /** An address of this host that is not of this host only. */
  private static Optional<InetAddress> elsewhere() throws SocketException {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(each -> each instanceof Inet4Address && !each.isLoopbackAddress())
        .findFirst();
  }

  private static boolean served(InetAddress address) {
    try (Socket socket = new Socket(address, api.port())) {
      return health(socket).startsWith("HTTP/1.1 200");
    } catch (IOException e) {
      return false;
    }
  }

  /** What is answered on a connection that stays open; nothing where it is ended. */
  private static String health(Socket socket) throws IOException {
    socket.setSoTimeout(20_000);
    try {
      send(socket, "GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n");
      byte[] head = new byte[4096];
      int length = socket.getInputStream().read(head);
      return new String(head, 0, Math.max(length, 0), StandardCharsets.UTF_8);
    } catch (SocketException e) {
      return "";
    }
  }

  @Test
  void whoComesTooFastIsToldToWait() throws Exception {
    Answer last = api.get("/v1/status");
    for (int i = 0; i < 2000 && last.status() != 429; i++) {
      last =
          api.send(
              HttpRequest.newBuilder(api.request("/v1/status").build().uri())
                  .header("Authorization", "Bearer gyre_nonsense" + i)
                  .build());
      assertThat(last.status()).isIn(401, 429);
    }
    assertThat(last.status()).isEqualTo(429);
    assertThat(last.code()).isEqualTo("http.too_many_requests");
    assertThat(Integer.parseInt(last.header("Retry-After"))).isPositive();
    assertThat(api.answersItself()).as("it may ask itself all the same").isTrue();
    // Somebody with a valid token at the same address is none the worse for it.
    assertThat(api.get("/v1/status").status()).isEqualTo(200);
  }
}
