package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Asks the supervisor of a data root over its control socket; needs no API. */
final class SupervisorClient {
  /** As the components have it: a longer path can't be bound. */
  private static final int MAX_SOCKET_DIRECTORY = 67;

  /**
   * @param lines before the result
   * @param ok whether it was done
   */
  record Answer(List<JsonNode> lines, boolean ok, String message) {}

  private final Path socket;

  SupervisorClient(Path home) {
    Path run = home.resolve("run");
    Path directory =
        run.toString().getBytes(StandardCharsets.UTF_8).length <= MAX_SOCKET_DIRECTORY
            ? run
            : Path.of("/tmp", "gyre-" + digest(home.toString()).substring(0, 16));
    socket = directory.resolve("supervisor.sock");
  }

  /** Blocks until the answer is complete; empty where no supervisor answers. */
  Optional<Answer> ask(Map<String, String> request) {
    if (!Files.exists(socket)) {
      return Optional.empty();
    }
    ObjectNode json = Json.object();
    request.forEach(json::put);
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      ByteBuffer bytes =
          ByteBuffer.wrap((Json.compact(json) + "\n").getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8));
      List<JsonNode> lines = new ArrayList<>();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        JsonNode answer = Json.parse(line);
        if (answer.has("result")) {
          return Optional.of(
              new Answer(
                  lines, Json.text(answer, "result").equals("ok"), Json.text(answer, "message")));
        }
        lines.add(answer);
      }
      return Optional.of(new Answer(lines, false, "the supervisor ended before it answered"));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static String digest(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
