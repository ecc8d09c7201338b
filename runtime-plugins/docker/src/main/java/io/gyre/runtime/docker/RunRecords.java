package io.gyre.runtime.docker;

import io.gyre.runtime.spi.RestartPolicy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the engine can't tell of an instance, one small file each, replaced at once:
 *
 * <pre>
 *   STATE/runs/ID    lines of key=value, see {@link Run}
 * </pre>
 *
 * A record is of one container; it says nothing about another one of the same instance id. Any
 * thread.
 */
final class RunRecords {
  private static final Logger LOG = LoggerFactory.getLogger(RunRecords.class);

  private final Path directory;
  private final Map<String, Run> cached = new HashMap<>();

  /**
   * @param container its id
   * @param restarts in place, without those by the engine since it was last asked to start it
   * @param startedAt of the run that was seen last
   * @param stopped the start of the run that was told to stop; null: none was
   * @param policy null: as the container's label says
   * @param exitCode of the run before
   */
  record Run(
      String container,
      long restarts,
      @Nullable Instant startedAt,
      @Nullable Instant stopped,
      RestartPolicy.@Nullable Mode policy,
      @Nullable Integer exitCode,
      @Nullable Instant exitAt) {
    static Run of(String container) {
      return new Run(container, 0, null, null, null, null, null);
    }

    Run withRestarts(long count) {
      return new Run(container, count, startedAt, stopped, policy, exitCode, exitAt);
    }

    Run withStartedAt(@Nullable Instant at) {
      return new Run(container, restarts, at, stopped, policy, exitCode, exitAt);
    }

    Run withStopped(@Nullable Instant run) {
      return new Run(container, restarts, startedAt, run, policy, exitCode, exitAt);
    }

    Run withPolicy(RestartPolicy.@Nullable Mode mode) {
      return new Run(container, restarts, startedAt, stopped, mode, exitCode, exitAt);
    }

    Run withExit(int code, Instant at) {
      return new Run(container, restarts, startedAt, stopped, policy, code, at);
    }
  }

  RunRecords(Path stateDirectory) throws IOException {
    this.directory = Files.createDirectories(stateDirectory.resolve("runs"));
  }

  synchronized Run read(String id, String container) {
    Run run = cached.computeIfAbsent(id, this::load);
    return run.container().equals(container) ? run : Run.of(container);
  }

  /** Changes the record; it is on disk when this returns. */
  synchronized Run change(String id, String container, UnaryOperator<Run> change) {
    Run before = read(id, container);
    Run after = change.apply(before);
    if (!after.equals(before)) {
      store(id, after);
      cached.put(id, after);
    }
    return after;
  }

  synchronized void forget(String id) {
    cached.remove(id);
    try {
      Files.deleteIfExists(directory.resolve(id));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Run load(String id) {
    Map<String, String> values = new HashMap<>();
    try {
      for (String line : Files.readAllLines(directory.resolve(id))) {
        int equals = line.indexOf('=');
        if (equals > 0) {
          values.put(line.substring(0, equals), line.substring(equals + 1));
        }
      }
      String exitCode = values.get("exitCode");
      String policy = values.get("policy");
      return new Run(
          values.getOrDefault("container", ""),
          Long.parseLong(values.getOrDefault("restarts", "0")),
          instant(values.get("startedAt")),
          instant(values.get("stopped")),
          policy == null ? null : RestartPolicy.Mode.valueOf(policy),
          exitCode == null ? null : Integer.valueOf(exitCode),
          instant(values.get("exitAt")));
    } catch (NoSuchFileException e) {
      return Run.of("");
    } catch (IOException | IllegalArgumentException | DateTimeException e) {
      LOG.warn("{} is not readable and is ignored", directory.resolve(id), e);
      return Run.of("");
    }
  }

  private static @Nullable Instant instant(@Nullable String text) {
    return text == null ? null : Instant.parse(text);
  }

  private void store(String id, Run run) {
    StringBuilder text = new StringBuilder();
    line(text, "container", run.container());
    line(text, "restarts", run.restarts());
    line(text, "startedAt", run.startedAt());
    line(text, "stopped", run.stopped());
    line(text, "policy", run.policy());
    line(text, "exitCode", run.exitCode());
    line(text, "exitAt", run.exitAt());
    Path whole = directory.resolve(id);
    Path part = directory.resolve("." + id + ".new");
    try {
      Files.writeString(part, text);
      Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void line(StringBuilder text, String key, @Nullable Object value) {
    if (value != null) {
      text.append(key).append('=').append(value).append('\n');
    }
  }
}
