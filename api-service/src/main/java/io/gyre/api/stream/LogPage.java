package io.gyre.api.stream;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What there is of several logs, merged by time while it is read. */
final class LogPage implements AutoCloseable {
  private static final int ALL_BYTES = 4 << 20;
  private static final int LEAST_BYTES = 16 << 10;
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** One log, its next item, and the time that its next item counts as. */
  private static final class Source {
    final InstanceId instance;
    final ByteQueue<LogItem> queue;
    final LogFeed feed;
    @Nullable LogItem head;
    Instant time = Instant.MIN;

    Source(
        StreamServer server,
        InstanceId instance,
        LogFeed.Range range,
        String correlation,
        int bytes) {
      this.instance = instance;
      this.queue = new ByteQueue<>(bytes, LogItem::size);
      this.feed = LogFeed.start(server, instance, range, correlation, queue);
    }

    void advance() throws InterruptedException {
      LogItem next = queue.poll(PATIENCE);
      head = next == null ? silent() : next;
      if (head instanceof LogItem.Line line && line.at() != null) {
        time = line.at();
      }
    }

    private LogItem silent() {
      return new LogItem.Failed(
          instance,
          new GyreException(
              ErrorKind.TIMEOUT,
              "log.timeout",
              "the runtime process has sent nothing for " + PATIENCE.toSeconds() + " s",
              "look at gyre status"));
    }
  }

  /** Those that have more, and those that had. */
  private final List<Source> sources = new ArrayList<>();

  private final List<Source> all = new ArrayList<>();
  private final List<LogItem.FailureView> failures = new ArrayList<>();

  private LogPage() {}

  /**
   * Opens the logs and waits for the first of each.
   *
   * @throws io.gyre.model.GyreException where none of them can be had
   */
  static LogPage open(
      StreamServer server, List<InstanceId> instances, LogFeed.Range range, String correlation)
      throws InterruptedException {
    LogPage page = new LogPage();
    int bytes = Math.max(LEAST_BYTES, ALL_BYTES / Math.max(1, instances.size()));
    for (InstanceId instance : instances) {
      page.sources.add(new Source(server, instance, range, correlation, bytes));
    }
    page.all.addAll(page.sources);
    LogItem.Failed failed = null;
    boolean some = instances.isEmpty();
    for (Source source : page.sources) {
      source.advance();
      if (source.head instanceof LogItem.Failed failure) {
        failed = failure;
      } else {
        some = true;
      }
    }
    if (!some && failed != null) {
      page.close();
      throw failed.why();
    }
    return page;
  }

  void write(ObjectMapper mapper, OutputStream out) throws IOException, InterruptedException {
    try (JsonGenerator json = mapper.createGenerator(out)) {
      json.writeStartObject();
      json.writeArrayFieldStart("items");
      for (LogItem.Line line = next(); line != null; line = next()) {
        mapper.writeValue(json, line.view());
      }
      json.writeEndArray();
      if (!failures.isEmpty()) {
        json.writeFieldName("errors");
        mapper.writeValue(json, failures);
      }
      json.writeEndObject();
    }
  }

  private LogItem.@Nullable Line next() throws InterruptedException {
    Source first = null;
    for (Source source : List.copyOf(sources)) {
      if (source.head instanceof LogItem.Failed failed) {
        failures.add(failed.view());
      }
      if (!(source.head instanceof LogItem.Line)) {
        sources.remove(source);
      } else if (first == null || source.time.isBefore(first.time)) {
        first = source;
      }
    }
    if (first == null || !(first.head instanceof LogItem.Line line)) {
      return null;
    }
    first.advance();
    return line;
  }

  @Override
  public void close() {
    for (Source source : all) {
      source.queue.close();
      source.feed.close();
    }
  }
}
