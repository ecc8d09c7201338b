package io.gyre.runtime.testkit;

import io.gyre.runtime.spi.InstanceLogs;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A log follow on a thread of its own. */
final class Following {
  private final CollectedLines lines = new CollectedLines();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Thread thread;

  Following(InstanceLogs logs, String id, InstanceLogs.LogQuery query) {
    thread =
        Thread.ofPlatform()
            .name("follow-" + id)
            .daemon()
            .start(
                () -> {
                  try {
                    logs.read(id, query, lines);
                  } catch (Exception e) {
                    failure.set(e);
                  }
                });
  }

  List<String> texts() {
    return lines.texts();
  }

  void enough() {
    lines.enough();
  }

  /** Waits for the end, whether by return or by failure. */
  void awaitEnd(Duration patience) {
    Await.until(patience, () -> !thread.isAlive(), () -> "the follow to end; " + this);
  }

  @Override
  public String toString() {
    return "followed " + texts() + ", failed with " + failure.get();
  }
}
