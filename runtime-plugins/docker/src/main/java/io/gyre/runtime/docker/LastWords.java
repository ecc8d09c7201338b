package io.gyre.runtime.docker;

import io.gyre.runtime.docker.Frames.Frame;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a run of a container printed last. */
final class LastWords {
  private static final int LINES = 20;
  private static final int LINE_LENGTH = 500;

  private final Engine engine;

  LastWords(Engine engine) {
    this.engine = engine;
  }

  /**
   * Of the run from start to end; the next one may have begun to print already. A program may print
   * before the engine takes down its start.
   */
  List<String> read(String container, @Nullable Instant start, Instant end) throws RuntimeFailure {
    String query = "?stdout=1&stderr=1&tail=" + 5 * LINES + "&until=" + ContainerLogs.seconds(end);
    if (start != null) {
      query += "&since=" + ContainerLogs.seconds(start.minusSeconds(1));
    }
    Deque<String> lines = new ArrayDeque<>();
    String path = "/containers/" + container + "/logs" + query;
    try (EngineResponse response = engine.stream("GET", path, Map.of(), null)) {
      Frames frames = new Frames(response.getBody());
      for (Frame frame = frames.next(); frame != null; frame = frames.next()) {
        if (lines.size() == LINES) {
          lines.removeFirst();
        }
        String line = new String(frame.payload(), StandardCharsets.UTF_8).stripTrailing();
        lines.addLast(line.length() > LINE_LENGTH ? line.substring(0, LINE_LENGTH) : line);
      }
    } catch (IOException e) {
      throw engine.failure(e);
    }
    return List.copyOf(lines);
  }
}
