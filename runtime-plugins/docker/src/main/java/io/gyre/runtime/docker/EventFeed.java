package io.gyre.runtime.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import io.gyre.runtime.docker.Labels.Identity;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.Exit;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RuntimeEvent;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the engine's events and keeps the {@link Inventory} true with them.
 *
 * <pre>
 *            stream ends                engine doesn't answer: Availability(false)
 *  reading ──────────────▶ reconnecting ─────────────────────▶ waiting (0.05 to 1 s between tries)
 *     ▲                        │  ▲                                │ answers: Availability(true)
 *     └── subscribed since the └──┼────────────────────────────────┘
 *         last event, then listed ┘
 * </pre>
 *
 * An end of a main process is reported from the event alone, without asking the engine; what the
 * instance printed last follows in a second report.
 */
final class EventFeed {
  private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);
  private static final long HEARTBEAT_S = 30;
  private static final long FIRST_PAUSE_MS = 50;
  private static final long LONGEST_PAUSE_MS = 1000;
  private static final long END_MS = 700;

  private final Engine engine;
  private final Containers containers;
  private final Inventory inventory;
  private final RunRecords records;
  private final ScheduledExecutorService executor;
  private final String hostId;
  private final LastWords lastWords;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile @Nullable EngineResponse stream;
  private volatile @Nullable Future<?> heartbeat;

  /** On the engine's clock; null: no event has come yet. Only the reading thread uses it. */
  private @Nullable Instant lastEvent;

  /** Takes over what was found at the start. */
  interface Adoption {
    void adopt(List<InstanceStatus> found) throws RuntimeFailure;
  }

  EventFeed(
      Engine engine,
      Containers containers,
      Inventory inventory,
      RunRecords records,
      ScheduledExecutorService executor,
      String hostId) {
    this.engine = engine;
    this.containers = containers;
    this.inventory = inventory;
    this.records = records;
    this.executor = executor;
    this.hostId = hostId;
    this.lastWords = new LastWords(engine);
  }

  /** Subscribes, then lists, so that nothing falls between. */
  void start(Adoption adoption) throws RuntimeFailure {
    EngineResponse first = connect();
    boolean started = false;
    try {
      List<InstanceStatus> found = containers.list().statuses();
      adoption.adopt(found);
      stream = first;
      executor.execute(() -> run(first));
      started = true;
      heartbeat =
          executor.scheduleWithFixedDelay(this::beat, HEARTBEAT_S, HEARTBEAT_S, TimeUnit.SECONDS);
      readLastWords(found);
    } finally {
      if (!started) {
        first.close();
        ended.countDown();
      }
    }
  }

  void stop() {
    stop.countDown();
    Future<?> beats = heartbeat;
    if (beats != null) {
      beats.cancel(false);
    }
    cut();
  }

  void awaitEnd() {
    try {
      if (!ended.await(END_MS, TimeUnit.MILLISECONDS)) {
        LOG.warn("the reader of the engine's events is slow to end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean stopped() {
    return stop.getCount() == 0;
  }

  private void cut() {
    EngineResponse open = stream;
    if (open != null) {
      open.close();
    }
  }

  private EngineResponse connect() throws RuntimeFailure {
    Map<String, List<String>> filters = new HashMap<>();
    filters.put("type", List.of("container"));
    filters.put("label", Labels.filter(hostId));
    filters.put("event", List.of("start", "die", "destroy", "pause", "unpause"));
    String query =
        "?filters="
            + URLEncoder.encode(
                new String(engine.json(filters), StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    if (lastEvent != null) {
      query += "&since=" + ContainerLogs.seconds(lastEvent);
    }
    return engine.stream("GET", "/events" + query, Map.of(), null);
  }

  private void run(EngineResponse first) {
    try {
      EngineResponse next = first;
      while (next != null) {
        try (EngineResponse open = next) {
          stream = open;
          if (!stopped()) {
            read(open);
          }
        }
        inventory.touchAll();
        next = stopped() ? null : reconnect();
      }
    } catch (RuntimeException e) {
      LOG.error("the reader of the engine's events ended", e);
    } finally {
      ended.countDown();
    }
  }

  private void read(EngineResponse open) {
    try (MappingIterator<JsonNode> events = engine.reader().readValues(open.getBody())) {
      while (events.hasNextValue()) {
        handle(events.nextValue());
      }
      LOG.debug("the engine ended the stream of events");
    } catch (IOException | RuntimeException e) {
      if (!stopped()) {
        LOG.debug("the stream of events broke", e);
      }
    }
  }

  /** Null where the runtime is closed. */
  private @Nullable EngineResponse reconnect() {
    boolean away = false;
    boolean failed = false;
    long pause = FIRST_PAUSE_MS;
    while (!stopped()) {
      EngineResponse opened = null;
      try {
        engine.reconnect();
        opened = connect();
        if (away) {
          away = false;
          LOG.info("the Docker engine is back");
          inventory.emit(new RuntimeEvent.Availability(true, "the Docker engine is back"));
        }
        readLastWords(containers.list().statuses());
        return opened;
      } catch (RuntimeFailure e) {
        if (opened != null) {
          opened.close();
        }
        if (!failed) {
          // One more try, at once: a connection may break without the engine being away.
          failed = true;
          continue;
        }
        if (!away && !stopped()) {
          away = true;
          engine.breakOff();
          LOG.warn("the Docker engine is away: {}", e.getMessage());
          inventory.emit(new RuntimeEvent.Availability(false, String.valueOf(e.getMessage())));
        }
      }
      pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
      if (!pause(pause)) {
        return null;
      }
    }
    return null;
  }

  private boolean pause(long millis) {
    try {
      return !stop.await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void handle(JsonNode event) {
    JsonNode actor = event.path("Actor");
    String container = actor.path("ID").asText("");
    Map<String, String> attributes = new HashMap<>();
    actor
        .path("Attributes")
        .properties()
        .forEach(entry -> attributes.put(entry.getKey(), entry.getValue().asText()));
    Identity identity = Labels.read(attributes);
    long nanos = event.path("timeNano").asLong();
    if (identity == null || container.isEmpty() || nanos == 0) {
      return;
    }
    Instant at = Instant.ofEpochSecond(0, nanos);
    lastEvent = at;
    String id = identity.id();
    switch (event.path("Action").asText()) {
      case "die" -> died(id, container, at, attributes.get("exitCode"));
      case "destroy" -> inventory.gone(id, container);
      default -> {
        inventory.touch(id);
        background(() -> containers.refresh(id, container));
      }
    }
  }

  private void died(String id, String container, Instant at, @Nullable String exitCode) {
    int code = exitCode != null && exitCode.matches("\\d{1,9}") ? Integer.parseInt(exitCode) : -1;
    Exit exit = new Exit(code, at, List.of());
    Optional<InstanceStatus> status =
        inventory.exited(id, container, exit, records.read(id, container).stopped());
    background(
        () -> {
          Optional<InstanceStatus> now =
              status.isPresent() ? status : containers.refresh(id, container);
          if (now.isPresent()) {
            readLastWords(now.get(), at);
            containers.refresh(id, container);
          }
        });
  }

  private void readLastWords(List<InstanceStatus> found) {
    for (InstanceStatus status : found) {
      if (status.state() == State.EXITED) {
        Exit exit = status.lastExit();
        if (exit != null) {
          // The engine writes down the last lines a moment after the end.
          background(() -> readLastWords(status, exit.at().plusSeconds(1)));
        }
      }
    }
  }

  private void readLastWords(InstanceStatus status, Instant until) throws RuntimeFailure {
    String container = status.handle();
    Exit exit = status.lastExit();
    if (container == null || exit == null) {
      return;
    }
    if (status.state() == State.EXITED || status.state() == State.STOPPED) {
      records.change(status.id(), container, run -> run.withExit(exit.code(), exit.at()));
    }
    if (exit.lastLines().isEmpty()) {
      List<String> lines = lastWords.read(container, status.startedAt(), until);
      if (!lines.isEmpty()) {
        inventory.addLines(status.id(), container, new Exit(exit.code(), exit.at(), lines));
      }
    }
  }

  private interface Task {
    void run() throws RuntimeFailure;
  }

  private void background(Task task) {
    try {
      executor.execute(
          () -> {
            try {
              task.run();
            } catch (RuntimeFailure | RuntimeException e) {
              if (!stopped()) {
                LOG.debug("a container could not be read; the next list will", e);
              }
            }
          });
    } catch (RejectedExecutionException e) {
      LOG.debug("closing: a change is left to the next generation");
    }
  }

  /** Notices an engine that hangs, and a stream that went silent. */
  private void beat() {
    if (stopped()) {
      return;
    }
    try {
      if (!engine.answers()) {
        cut();
      } else if (containers.list().news() > 0) {
        LOG.info("the list of containers had news that no event told; subscribing again");
        cut();
      }
    } catch (RuntimeFailure | RuntimeException e) {
      cut();
    }
  }
}
