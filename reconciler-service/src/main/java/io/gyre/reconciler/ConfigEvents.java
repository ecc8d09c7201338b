package io.gyre.reconciler;

import io.gyre.component.ConfigSetting;
import io.gyre.component.LiveConfig;
import io.gyre.model.Component;
import io.gyre.model.EventRecord;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The events that a reading of the configuration is. */
final class ConfigEvents {
  private ConfigEvents() {}

  /** Of all components: each reads the same file. */
  static EventRecord of(LiveConfig.Reading reading, Instant now) {
    GyreException broken = reading.broken();
    return broken == null
        ? event(now, EventRecord.Level.NORMAL, "config_changed", changes(reading))
        : event(
            now,
            EventRecord.Level.WARNING,
            "config_broken",
            "the last good configuration stays in use: " + problems(broken));
  }

  private static String changes(LiveConfig.Reading reading) {
    return reading.changes().isEmpty()
        ? "the configuration is good again, and unchanged"
        : reading.changes().stream().map(ConfigEvents::text).collect(Collectors.joining("; "));
  }

  private static String text(ConfigSetting.Change change) {
    return change.setting().live()
        ? change.text()
        : change.text()
            + " (with the next start of "
            + change.setting().components().stream()
                .map(Component::id)
                .sorted()
                .collect(Collectors.joining(", "))
            + ")";
  }

  private static String problems(GyreException broken) {
    List<Violation> violations = broken.violations();
    return violations.isEmpty()
        ? String.valueOf(broken.getMessage())
        : violations.stream().map(Violation::text).collect(Collectors.joining("; "));
  }

  private static EventRecord event(
      Instant now, EventRecord.Level level, String reason, @Nullable String message) {
    return new EventRecord(
        0, now, level, null, null, null, reason, String.valueOf(message), "configuration");
  }
}
