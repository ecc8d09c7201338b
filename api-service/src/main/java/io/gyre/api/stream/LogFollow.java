package io.gyre.api.stream;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gyre.api.event.News;
import io.gyre.api.http.SseWriter;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Logs as they grow, in the order in which lines arrive. A log that breaks off because the runtime
 * process went away is taken up again where it was; instances that appear are followed too.
 */
final class LogFollow implements AutoCloseable {
  private static final int BYTES = 512 << 10;
  private static final Duration AGAIN = Duration.ofSeconds(1);

  /** How far one log is. */
  private static final class Position {
    /** Being read, or broken off and to be taken up again; else ended. */
    boolean live = true;

    /** Nanoseconds; 0: being read. */
    long againAt;

    @Nullable Instant last;
    @Nullable Instant startedAt;
    @Nullable LogFeed feed;
    boolean toldFailure;
  }

  private final StreamServer server;
  private final News news;
  private final ObjectMapper mapper;
  private final LogFeed.Range range;
  private final String correlation;
  private final boolean single;
  private final Supplier<Optional<List<InstanceRecord>>> instances;
  private final ByteQueue<LogItem> queue = new ByteQueue<>(BYTES, LogItem::size);
  private final Map<InstanceId, Position> positions = new HashMap<>();
  private final Duration heartbeat;
  private @Nullable LogItem first;
  private final BooleanSupplier finished;
  private boolean drained;
  private boolean over;

  /**
   * @param single whether it is about one instance, and over with its log
   * @param instances to follow; empty once there will be no more
   * @param finished whether nothing more will be printed: then it's over once all was sent
   */
  LogFollow(
      StreamServer server,
      News news,
      ObjectMapper mapper,
      LogFeed.Range range,
      String correlation,
      boolean single,
      Duration heartbeat,
      Supplier<Optional<List<InstanceRecord>>> instances,
      BooleanSupplier finished) {
    this.server = server;
    this.news = news;
    this.mapper = mapper;
    this.range = range;
    this.correlation = correlation;
    this.single = single;
    this.heartbeat = heartbeat;
    this.instances = instances;
    this.finished = finished;
  }

  /**
   * Opens what there is.
   *
   * @throws GyreException where there is one log only, and it can't be had
   */
  void open() throws InterruptedException {
    for (InstanceRecord instance : instances.get().orElse(List.of())) {
      follow(instance, range);
    }
    if (positions.size() == 1) {
      // What fails does so soon, and then with a status of its own.
      first = queue.poll(AGAIN);
      if (first instanceof LogItem.Failed failed) {
        throw failed.why();
      }
    }
  }

  void write(SseWriter sse) throws IOException, InterruptedException {
    var _ = Thread.ofVirtual().name("log-look").start(this::lookOnNews);
    try (News.Watch _ = news.watch()) {
      while (!over && !news.closed()) {
        LogItem item = first;
        first = null;
        if (item == null && queue.isEmpty()) {
          sse.flush();
        }
        if (item == null) {
          item = queue.poll(drained ? AGAIN : sse.untilHeartbeat());
        }
        switch (item) {
          case null -> over |= drained;
          case LogItem.Line line -> line(sse, line);
          case LogItem.End end -> ended(end.instance());
          case LogItem.Failed failed -> failed(sse, failed);
          case LogItem.Look _ -> look();
        }
        sse.heartbeatIfDue();
      }
    }
  }

  @Override
  public void close() {
    queue.close();
    positions.values().stream()
        .map(position -> position.feed)
        .filter(Objects::nonNull)
        .forEach(LogFeed::close);
  }

  private void lookOnNews() {
    try {
      long rings = news.rings();
      while (queue.put(new LogItem.Look()) && !news.closed()) {
        news.awaitRing(rings, heartbeat);
        rings = news.rings();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    var _ = queue.put(new LogItem.Look());
  }

  private void line(SseWriter sse, LogItem.Line line) throws IOException {
    sse.data(mapper.writeValueAsBytes(line.view()));
    Position position = positions.get(line.instance());
    if (position != null && line.at() != null) {
      position.last = line.at();
      position.toldFailure = false;
    }
  }

  private void ended(InstanceId instance) {
    Position position = positions.get(instance);
    if (position != null) {
      position.live = false;
    }
    over |= single;
  }

  private void failed(SseWriter sse, LogItem.Failed failed) throws IOException {
    Position position = positions.get(failed.instance());
    if (position == null) {
      return;
    }
    if (!position.toldFailure) {
      position.toldFailure = true;
      sse.named("error", mapper.writeValueAsBytes(failed.view()));
    }
    if (failed.why().kind().retryable()) {
      position.againAt = System.nanoTime() + AGAIN.toNanos();
      CompletableFuture.delayedExecutor(AGAIN.toMillis(), TimeUnit.MILLISECONDS)
          .execute(() -> queue.put(new LogItem.Look()));
    } else {
      ended(failed.instance());
    }
  }

  private void look() {
    Optional<List<InstanceRecord>> wanted = instances.get();
    Set<InstanceId> there = new HashSet<>();
    for (InstanceRecord instance : wanted.orElse(List.of())) {
      there.add(instance.id());
      Position known = positions.get(instance.id());
      if (known == null) {
        follow(instance, new LogFeed.Range(-1, null, true));
      } else if (!known.live && !Objects.equals(known.startedAt, instance.startedAt())) {
        resume(instance, known);
      } else if (known.live && known.againAt != 0 && System.nanoTime() - known.againAt >= 0) {
        resume(instance, known);
      }
    }
    positions
        .entrySet()
        .removeIf(
            entry ->
                !there.contains(entry.getKey())
                    && (!entry.getValue().live || entry.getValue().againAt != 0));
    over |= wanted.isEmpty() && positions.isEmpty();
    drained = finished.getAsBoolean();
  }

  private void resume(InstanceRecord instance, Position position) {
    follow(
        instance,
        position.last == null ? range : new LogFeed.Range(-1, position.last.plusMillis(1), true));
  }

  private void follow(InstanceRecord instance, LogFeed.Range part) {
    Position position = positions.computeIfAbsent(instance.id(), _ -> new Position());
    position.live = true;
    position.againAt = 0;
    position.startedAt = instance.startedAt();
    position.feed = LogFeed.start(server, instance.id(), part, correlation, queue);
  }
}
