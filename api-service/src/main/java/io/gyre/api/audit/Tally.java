package io.gyre.api.audit;

import io.gyre.api.http.Peer;
import io.gyre.store.AuditEntry;
import io.gyre.store.AuditKind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what anybody can cause at will from filling the log. The first of a kind is written at
 * once, those alike after it are counted and written as one, later and later: after a minute, five,
 * and so on up to an hour. Those without a valid token are few kinds at once; what goes beyond
 * counts as one kind. Not thread-safe.
 *
 * <p>So whoever has no token causes at most some {@value #MOST_STRANGERS} rows at once and half a
 * dozen times as many per hour, whatever addresses they come from.
 */
final class Tally {
  static final int MOST_STRANGERS = 64;
  static final int MOST_KNOWN = 512;
  private static final Duration FIRST_WINDOW = Duration.ofMinutes(1);
  private static final Duration LAST_WINDOW = Duration.ofHours(1);
  private static final int GROWTH = 5;
  private static final String OTHERS = "*";

  private record Alike(
      AuditKind kind,
      String actor,
      String address,
      String method,
      String route,
      @Nullable String namespace,
      int status,
      String code) {
    static Alike of(AuditEntry entry) {
      return entry.actor().isEmpty()
          // A stranger chooses routes and methods freely.
          ? new Alike(
              entry.kind(), "", Peer.network(entry.address()), "", "", null, 0, entry.code())
          : new Alike(
              entry.kind(),
              entry.actor(),
              entry.address(),
              entry.method(),
              entry.route(),
              entry.namespace(),
              entry.status(),
              entry.code());
    }

    static Alike others(AuditEntry entry) {
      return new Alike(
          entry.kind(), entry.actor().isEmpty() ? "" : OTHERS, OTHERS, "", "", null, 0, "");
    }
  }

  private static final class Window {
    Instant end;
    Duration length;
    Instant since;
    long count;
    @Nullable AuditEntry last;

    Window(Instant now) {
      since = now;
      length = FIRST_WINDOW;
      end = now.plus(length);
    }
  }

  private final Map<Alike, Window> windows = new LinkedHashMap<>();

  /** The entry where it is to be written now; else it is counted. */
  Optional<AuditEntry> add(AuditEntry entry, Instant now) {
    boolean stranger = entry.actor().isEmpty();
    Alike alike = Alike.of(entry);
    Window window = windows.get(alike);
    if (window == null) {
      long same =
          windows.keySet().stream().filter(each -> each.actor().isEmpty() == stranger).count();
      boolean full = same >= (stranger ? MOST_STRANGERS : MOST_KNOWN);
      alike = full ? Alike.others(entry) : alike;
      window = windows.get(alike);
    }
    if (window == null) {
      windows.put(alike, new Window(now));
      return Optional.of(entry);
    }
    window.count++;
    window.last = entry;
    return Optional.empty();
  }

  /** What was counted in windows that are over. */
  List<AuditEntry> due(Instant now) {
    List<AuditEntry> due = new ArrayList<>();
    Iterator<Window> all = windows.values().iterator();
    while (all.hasNext()) {
      Window window = all.next();
      if (window.end.isAfter(now)) {
        continue;
      }
      if (window.last != null) {
        due.add(sum(window, window.last));
      } else if (window.length.compareTo(LAST_WINDOW) >= 0) {
        all.remove();
        continue;
      }
      Duration longer = window.length.multipliedBy(GROWTH);
      window.length = longer.compareTo(LAST_WINDOW) > 0 ? LAST_WINDOW : longer;
      window.since = now;
      window.end = now.plus(window.length);
      window.count = 0;
      window.last = null;
    }
    return due;
  }

  /** All that was counted and not yet written; forgets it. */
  List<AuditEntry> rest() {
    List<AuditEntry> rest = new ArrayList<>();
    for (Window window : windows.values()) {
      if (window.last != null) {
        rest.add(sum(window, window.last));
      }
    }
    windows.clear();
    return rest;
  }

  private static AuditEntry sum(Window window, AuditEntry last) {
    return last.times(window.count, "and alike, since " + window.since);
  }

  /** When {@link #due} may have something; empty: nothing is counted. */
  Optional<Instant> next() {
    return windows.values().stream().map(window -> window.end).min(Instant::compareTo);
  }
}
