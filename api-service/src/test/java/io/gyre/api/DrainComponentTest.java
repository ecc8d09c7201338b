package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.api.http.Listening;
import io.gyre.component.Home;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What clients see of the end of an API, and of one that follows on the same socket. */
final class DrainComponentTest {
  private static final String KEEP_ALIVE = "GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n";

  /** One answer. */
  private record Answer(int status, boolean close) {}

  /** A connection on which one thread asks. */
  private static final class Client implements AutoCloseable {
    private final Socket socket;
    private final InputStream in;

    Client(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(30_000);
      in = new BufferedInputStream(socket.getInputStream());
    }

    void send(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    Answer answer() throws IOException {
      int status = Integer.parseInt(line().split(" ")[1]);
      boolean close = false;
      int length = 0;
      for (String header = line(); !header.isEmpty(); header = line()) {
        close |= header.equalsIgnoreCase("Connection: close");
        if (header.regionMatches(true, 0, "Content-Length:", 0, 15)) {
          length = Integer.parseInt(header.substring(15).strip());
        }
      }
      assertThat(in.readNBytes(length)).hasSize(length);
      return new Answer(status, close);
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          throw new IOException("the connection ended within an answer: " + line);
        }
        if (c != '\r') {
          line.append((char) c);
        }
      }
      return line.toString();
    }

    boolean ended() throws IOException {
      return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @TempDir Path root;
  private Home home;
  private ServerSocketChannel socket;
  private int port;

  @BeforeEach
  void listen() throws IOException {
    home = new Home(root.resolve("h"));
    home.create();
    socket =
        ServerSocketChannel.open()
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 200);
    port = ((InetSocketAddress) socket.getLocalAddress()).getPort();
  }

  @AfterEach
  void stopListening() throws IOException {
    socket.close();
  }

  private ApiServer launch() throws Exception {
    return Api.launch(home, Listening.inherited(socket));
  }

  private static Thread closing(ApiServer api) {
    return Thread.ofPlatform().start(api::close);
  }

  @Test
  void aRequestInFlightIsAnsweredAndItsConnectionClosed() throws Exception {
    ApiServer api = launch();
    String token = Files.readString(home.adminTokenFile()).strip();
    try (Client client = new Client(port)) {
      client.send(KEEP_ALIVE);
      assertThat(client.answer()).isEqualTo(new Answer(200, false));
      client.send(
          "POST /v1/apply?dry_run=true HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\n"
              + "Authorization: Bearer "
              + token
              + "\r\nContent-Length: 15\r\n\r\ndeployments");
      Thread closing = closing(api);
      assertThat(closing.join(Duration.ofMillis(1500))).isFalse();
      client.send(": {}");
      Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.close()).isTrue();
      assertThat(client.ended()).isTrue();
      assertThat(closing.join(Duration.ofSeconds(3))).isTrue();
    }
  }

  @Test
  void aRequestThatNeverEndsIsCutOff() throws Exception {
    ApiServer api = launch();
    String token = Files.readString(home.adminTokenFile()).strip();
    try (Client client = new Client(port)) {
      client.send(KEEP_ALIVE);
      assertThat(client.answer()).isEqualTo(new Answer(200, false));
      client.send(
          "POST /v1/apply HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/yaml\r\n"
              + "Authorization: Bearer "
              + token
              + "\r\nContent-Length: 15\r\n\r\ndep");
      long start = System.nanoTime();
      api.close();
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(7));
    }
  }

  @Test
  void aConnectionThatIsKeptGetsOneMoreAnswer() throws Exception {
    ApiServer api = launch();
    try (Client client = new Client(port);
        Client quiet = new Client(port)) {
      quiet.send(KEEP_ALIVE);
      assertThat(quiet.answer()).isEqualTo(new Answer(200, false));
      client.send(KEEP_ALIVE);
      assertThat(client.answer()).isEqualTo(new Answer(200, false));
      Thread closing = closing(api);
      boolean close = false;
      while (!close) {
        client.send(KEEP_ALIVE);
        Answer answer = client.answer();
        assertThat(answer.status()).isEqualTo(200);
        close = answer.close();
      }
      assertThat(client.ended()).isTrue();
      assertThat(quiet.ended()).isTrue();
      assertThat(closing.join(Duration.ofSeconds(3))).isTrue();
    }
  }

  @Test
  void whoConnectsWhileNoApiRunsIsServedByTheNext() throws Exception {
    launch().close();
    try (Client client = new Client(port)) {
      client.send(KEEP_ALIVE);
      try (ApiServer api = launch()) {
        assertThat(client.answer()).isEqualTo(new Answer(200, false));
        assertThat(api.address()).isEqualTo("http://127.0.0.1:" + port);
      }
    }
  }

  @Test
  void aSocketOfOurOwnIsFreeAfterwards() throws Exception {
    int own;
    try (ApiServer api = Api.launch(home, 0)) {
      own = Integer.parseInt(api.address().substring(api.address().lastIndexOf(':') + 1));
    }
    try (ServerSocketChannel again = ServerSocketChannel.open()) {
      assertThat(again.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), own)).isOpen())
          .isTrue();
    }
  }

  @Test
  void noRequestFailsOverManyRestarts() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    Queue<Throwable> failed = new ConcurrentLinkedQueue<>();
    CountDownLatch begun = new CountDownLatch(1);
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int requests = i % 2 == 0 ? 1 : Integer.MAX_VALUE;
      clients.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      while (!over.get()) {
                        ask(requests, over, answered);
                        begun.countDown();
                      }
                    } catch (IOException | AssertionError e) {
                      failed.add(e);
                    }
                  }));
    }
    for (int i = 0; i < 6; i++) {
      int before = answered.get();
      try (ApiServer _ = launch()) {
        Api.await(() -> answered.get() > before + 50 || !failed.isEmpty(), "answers");
      }
    }
    over.set(true);
    try (ApiServer _ = launch()) {
      for (Thread client : clients) {
        assertThat(client.join(Duration.ofSeconds(10))).isTrue();
      }
    }
    assertThat(failed).isEmpty();
    assertThat(begun.await(0, TimeUnit.SECONDS)).isTrue();
  }

  /** On one connection, as long as the API keeps it. */
  private void ask(int requests, AtomicBoolean over, AtomicInteger answered) throws IOException {
    try (Client client = new Client(port)) {
      boolean kept = true;
      for (int i = 0; i < requests && kept && !over.get(); i++) {
        client.send(KEEP_ALIVE);
        Answer answer = client.answer();
        assertThat(answer.status()).isEqualTo(200);
        answered.incrementAndGet();
        kept = !answer.close();
      }
    }
  }
}
