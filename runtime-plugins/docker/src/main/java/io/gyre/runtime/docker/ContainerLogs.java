package io.gyre.runtime.docker;

import com.github.dockerjava.api.model.Container;
import io.gyre.runtime.docker.Frames.Frame;
import io.gyre.runtime.docker.Inventory.Known;
import io.gyre.runtime.spi.InstanceLogs;
import io.gyre.runtime.spi.InstanceStatus.State;
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
final class ContainerLogs implements InstanceLogs {
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

  /** How far a reader got. */
  private static final class Place {
    @Nullable Instant last;
    boolean wanted = true;
  }

  @Override
  public void read(String id, LogQuery query, Sink sink) throws RuntimeFailure {
    Optional<Container> found;
    try {
      found = containers.find(id);
    } catch (RuntimeException e) {
      throw engine.failure(e);
    }
    if (found.isEmpty()) {
      throw missing(id);
    }
    String container = found.get().getId();
    Instant begun = Instant.now();
    Place place = new Place();
    copy(container, query(query), place, sink, null);
    while (query.follow() && place.wanted && awaitRun(id, container, sink)) {
      Instant from = place.last == null ? begun : place.last;
      LogQuery rest = new LogQuery(-1, from, true);
      copy(container, query(rest), place, sink, place.last);
    }
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

  private void copy(String container, String query, Place place, Sink sink, @Nullable Instant after)
      throws RuntimeFailure {
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
        deliver(frame, place, sink, after);
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

  private static void deliver(Frame frame, Place place, Sink sink, @Nullable Instant after) {
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
    if (at != null && after != null && !at.isAfter(after)) {
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
      place.wanted = sink.line(new LogLine(source, at, text));
      start = stop;
    } while (place.wanted && start < end);
    if (at != null) {
      place.last = at;
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
