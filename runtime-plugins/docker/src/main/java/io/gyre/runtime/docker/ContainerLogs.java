package io.gyre.runtime.docker;

import io.gyre.runtime.docker.Frames.Frame;
import io.gyre.runtime.docker.Inventory.Known;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.ResumableLogs;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Logs from the engine's json-file driver. The engine ends a followed log with the main process, so
 * following waits for the next start and goes on from the last line.
 */
final class ContainerLogs implements ResumableLogs {
  private static final int PIECE = 16 * 1024;
  private static final long LOOK_EVERY_MS = 200;

  private final Engine engine;
  private final Containers containers;
  private final Inventory inventory;

  ContainerLogs(Engine engine, Containers containers, Inventory inventory) {
    this.engine = engine;
    this.containers = containers;
    this.inventory = inventory;
  }

  /** How far a reader got: after so many lines that were printed at a moment. */
  private static final class Place {
    Instant at;
    long linesAt;
    boolean wanted = true;

    Place(Instant at, long linesAt) {
      this.at = at;
      this.linesAt = linesAt;
    }

    void gave(Instant printed) {
      linesAt = printed.equals(at) ? linesAt + 1 : 1;
      at = printed;
    }

    @Override
    public String toString() {
      return at + "#" + linesAt;
    }
  }

  @Override
  public void read(String id, LogQuery query, Sink sink) throws RuntimeFailure {
    String container = container(id);
    Place place = new Place(Instant.now(), 0);
    copy(container, query(query), place, sink, false);
    if (query.follow()) {
      follow(id, container, place, sink);
    }
  }

  @Override
  public void resume(String id, String position, Sink sink) throws RuntimeFailure {
    int hash = position.indexOf('#');
    Place place;
    try {
      place =
          new Place(
              Instant.parse(position.substring(0, Math.max(hash, 0))),
              Long.parseLong(position.substring(hash + 1)));
    } catch (DateTimeException | NumberFormatException e) {
      throw new RuntimeFailure(
          Kind.INVALID,
          "log_position_invalid",
          "\"" + position + "\" is no position in a log",
          null);
    }
    String container = container(id);
    copy(container, query(new LogQuery(-1, place.at, true)), place, sink, true);
    follow(id, container, place, sink);
  }

  private String container(String id) throws RuntimeFailure {
    try {
      return containers.find(id).orElseThrow(() -> missing(id)).getId();
    } catch (RuntimeException e) {
      throw engine.failure(e);
    }
  }

  private void follow(String id, String container, Place place, Sink sink) throws RuntimeFailure {
    while (place.wanted && awaitRun(id, container, sink)) {
      copy(container, query(new LogQuery(-1, place.at, true)), place, sink, true);
    }
    sink.stoppedAt(place.toString());
  }

  static RuntimeFailure missing(String id) {
    return new RuntimeFailure(
        Kind.NOT_FOUND,
        "instance_not_found",
        "the engine has no container of instance " + id,
        "list what there is: gyre get instances");
  }

  private static String query(LogQuery query) {
    StringBuilder text = new StringBuilder("?stdout=1&stderr=1&timestamps=1");
    text.append("&tail=").append(query.tail() < 0 ? "all" : Integer.toString(query.tail()));
    if (query.since() != null) {
      text.append("&since=").append(seconds(query.since()));
    }
    if (query.follow()) {
      text.append("&follow=1");
    }
    return text.toString();
  }

  static String seconds(Instant at) {
    return String.format(Locale.ROOT, "%d.%09d", at.getEpochSecond(), at.getNano());
  }

  /**
   * @param again whether the lines up to the place come again and are to be left out
   */
  private void copy(String container, String query, Place place, Sink sink, boolean again)
      throws RuntimeFailure {
    Place before = again ? new Place(place.at, place.linesAt) : new Place(Instant.MIN, 0);
    String path = "/containers/" + container + "/logs" + query;
    try (EngineResponse response = engine.stream("GET", path, Map.of(), null)) {
      response
          .connection()
          .readWhile(
              () -> {
                place.wanted = sink.open();
                return place.wanted;
              });
      Frames frames = new Frames(response.getBody());
      Frame frame = frames.next();
      while (frame != null && place.wanted) {
        deliver(frame, place, sink, before);
        frame = place.wanted ? frames.next() : null;
      }
    } catch (RuntimeFailure e) {
      if (e.kind() != Kind.NOT_FOUND) {
        throw e;
      }
      place.wanted = false;
    } catch (IOException | RuntimeException e) {
      if (place.wanted) {
        throw engine.failure(e);
      }
    }
  }

  private static void deliver(Frame frame, Place place, Sink sink, Place before) {
    Source source = frame.stderr() ? Source.STDERR : Source.STDOUT;
    byte[] bytes = frame.payload();
    int start = 0;
    Instant at = null;
    for (int i = 0; i < bytes.length && i < 64 && at == null; i++) {
      if (bytes[i] == ' ') {
        at = instant(new String(bytes, 0, i, StandardCharsets.US_ASCII));
        start = at == null ? 0 : i + 1;
        break;
      }
    }
    if (at != null && at.isBefore(before.at)) {
      return;
    }
    if (at != null && at.equals(before.at) && before.linesAt > 0) {
      before.linesAt--;
      return;
    }
    int end = bytes.length;
    if (end > start && bytes[end - 1] == '\n') {
      end--;
    }
    if (end > start && bytes[end - 1] == '\r') {
      end--;
    }
    do {
      int stop = Math.min(end, start + PIECE);
      String text = new String(bytes, start, stop - start, StandardCharsets.UTF_8);
      // All pieces, wanted or not: a place is after a whole line.
      place.wanted = sink.line(new LogLine(source, at, text)) && place.wanted;
      start = stop;
    } while (start < end);
    if (at != null) {
      place.gave(at);
    }
  }

  private static @Nullable Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** Waits until the container runs again; false where it is gone or nobody wants more. */
  private boolean awaitRun(String id, String container, Sink sink) throws RuntimeFailure {
    if (containers.refresh(id, container).isEmpty()) {
      return false;
    }
    while (sink.open()) {
      if (engine.closed()) {
        return false;
      }
      Optional<Known> known = inventory.find(id).filter(k -> k.container().equals(container));
      if (known.isEmpty()) {
        return false;
      }
      if (known.get().status().state() == State.RUNNING) {
        return true;
      }
      Pause.of(LOOK_EVERY_MS);
    }
    return false;
  }
}
