package io.gyre.runtime.host.plugin;

import io.gyre.runtime.spi.InstanceStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the instances of one runtime, joined from events, answers of calls and lists,
 * each of which may have been overtaken by another. Any thread.
 *
 * <p>Every change has a number. A list that was asked for at number N says nothing of what changed
 * after N.
 */
public final class Inventory {
  private record Entry(@Nullable InstanceStatus status, long version) {}

  private final Map<String, Entry> entries = new HashMap<>();
  private long version;
  private int openLists;

  /** What a list changed, in comparison with what was known. */
  public record Differences(List<InstanceStatus> changed, List<String> gone) {}

  synchronized void changed(InstanceStatus status) {
    entries.put(status.id(), new Entry(status, ++version));
  }

  /** Returns false where it wasn't known. */
  synchronized boolean gone(String id) {
    Entry before = entries.remove(id);
    if (openLists > 0) {
      entries.put(id, new Entry(null, ++version));
    }
    return before != null && before.status() != null;
  }

  /** To be given to {@link #answered}; asked for before the call is made. */
  public synchronized long mark() {
    return version;
  }

  /**
   * Takes what a call answered that was begun at the mark.
   *
   * @return false where an event since then knows better
   */
  synchronized boolean answered(long mark, InstanceStatus status) {
    Entry entry = entries.get(status.id());
    if (entry != null && entry.version() > mark && !olderRun(entry.status(), status)) {
      return false;
    }
    changed(status);
    return true;
  }

  private static boolean olderRun(@Nullable InstanceStatus known, InstanceStatus answer) {
    if (known == null) {
      return false;
    }
    Instant before = known.startedAt();
    Instant now = answer.startedAt();
    return now != null && (before == null || before.isBefore(now));
  }

  synchronized long beginList() {
    openLists++;
    return version;
  }

  synchronized void abandonList() {
    endList();
  }

  synchronized Differences finishList(long mark, List<InstanceStatus> listed) {
    List<InstanceStatus> changed = new ArrayList<>();
    Map<String, InstanceStatus> byId = new HashMap<>();
    for (InstanceStatus status : listed) {
      byId.put(status.id(), status);
      Entry entry = entries.get(status.id());
      if (entry == null || (entry.version() <= mark && !status.equals(entry.status()))) {
        changed(status);
        changed.add(status);
      }
    }
    List<String> gone = new ArrayList<>();
    entries.forEach(
        (id, entry) -> {
          if (entry.status() != null && entry.version() <= mark && !byId.containsKey(id)) {
            gone.add(id);
          }
        });
    gone.forEach(entries::remove);
    endList();
    return new Differences(changed, gone);
  }

  private void endList() {
    if (--openLists == 0) {
      entries.values().removeIf(entry -> entry.status() == null);
    }
  }

  public synchronized Optional<InstanceStatus> find(String id) {
    Entry entry = entries.get(id);
    return entry == null ? Optional.empty() : Optional.ofNullable(entry.status());
  }

  public synchronized List<InstanceStatus> all() {
    List<InstanceStatus> all = new ArrayList<>();
    for (Entry entry : entries.values()) {
      if (entry.status() != null) {
        all.add(entry.status());
      }
    }
    return all;
  }
}
