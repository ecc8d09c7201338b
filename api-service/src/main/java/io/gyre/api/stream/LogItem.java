package io.gyre.api.stream;

import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a reader of logs is told. */
sealed interface LogItem {
  /**
   * A line as clients see it.
   *
   * @param source {@code stdout} or {@code stderr}
   * @param at null: unknown
   */
  record Line(InstanceId instance, String source, @Nullable Instant at, String text)
      implements LogItem {
    View view() {
      return new View(instance.value(), source, at, text);
    }
  }

  /** The log ends here. */
  record End(InstanceId instance) implements LogItem {}

  /** The log can't be had, or not any more. */
  record Failed(InstanceId instance, GyreException why) implements LogItem {
    FailureView view() {
      return new FailureView(
          instance.value(), why.code(), String.valueOf(why.getMessage()), why.hint());
    }
  }

  /** Time to look whether there are other instances now, or a log that broke off. */
  record Look() implements LogItem {}

  record View(String instance, String source, @Nullable Instant at, String line) {}

  record FailureView(String instance, String code, String message, @Nullable String hint) {}

  static int size(LogItem item) {
    return item instanceof Line line ? 100 + 2 * line.text().length() : 100;
  }
}
