package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Whether the Docker engine can be used, asked over its socket. */
final class DockerCheck {
  private static final String NAME = "docker";
  private static final String DEFAULT_SOCKET = "/var/run/docker.sock";
  private static final long TIMEOUT_MS = 3_000;

  private final String host;

  DockerCheck(Map<String, String> environment) {
    host = environment.getOrDefault("DOCKER_HOST", "unix://" + DEFAULT_SOCKET);
  }

  Check run() {
    if (!host.startsWith("unix://")) {
      return Check.warn(NAME, "at " + host + ", not checked", "only unix sockets are checked");
    }
    Path socket = Path.of(host.substring("unix://".length()));
    if (!Files.exists(socket)) {
      return Check.ok(NAME, "not there (" + socket + "); only needed for containers");
    }
    CompletableFuture<JsonNode> info = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                info.complete(fetch(socket));
              } catch (IOException | RuntimeException e) {
                info.completeExceptionally(e);
              }
            });
    try {
      return judge(info.get(TIMEOUT_MS, TimeUnit.MILLISECONDS));
    } catch (ExecutionException e) {
      return Check.warn(
          NAME,
          "cannot be reached at " + socket + why(e.getCause()),
          "start it (systemctl start docker), and join the group docker or be root");
    } catch (TimeoutException e) {
      return Check.warn(NAME, "does not answer at " + socket, "systemctl status docker");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Check.warn(NAME, "not checked: interrupted", "gyre doctor");
    }
  }

  private static String why(@Nullable Throwable cause) {
    return cause == null ? "" : ": " + cause.getMessage();
  }

  private static Check judge(JsonNode info) {
    String what = "engine " + Json.text(info, "ServerVersion") + " answers";
    if (!Json.flag(info, "LiveRestoreEnabled")) {
      return Check.warn(
          NAME,
          what + ", live-restore is off: containers end when it restarts (Gyre starts them again)",
          "put {\"live-restore\": true} into /etc/docker/daemon.json and reload it");
    }
    return Check.ok(NAME, what + ", live-restore is on");
  }

  /** HTTP/1.0, so that the answer ends with the connection and has no chunks. */
  private static JsonNode fetch(Path socket) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      ByteBuffer request =
          ByteBuffer.wrap(
              "GET /info HTTP/1.0\r\nHost: docker\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      while (request.hasRemaining()) {
        channel.write(request);
      }
      InputStream in = Channels.newInputStream(channel);
      String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      int body = answer.indexOf("\r\n\r\n");
      if (body < 0 || !answer.contains(" 200 ")) {
        throw new IOException("unexpected answer");
      }
      return Json.parse(answer.substring(body + 4));
    }
  }
}
