package io.gyre.api.event;

import io.gyre.model.EventRecord;
import io.gyre.store.EventQuery;
import io.gyre.store.Store;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/** The newest events, read once for all who watch. Who is further behind reads the store. */
final class EventTail {
  static final int PAGE = 200;
  private static final int KEPT = 500;

  /**
   * Some events, and up to where that is all there are.
   *
   * @param upTo the number to go on after
   * @param more whether there may be more right away
   */
  record Page(List<EventRecord> events, long upTo, boolean more) {}

  private final Store store;
  private final ReentrantLock lock = new ReentrantLock();

  /** Every event after {@code start}, up to {@code end}. */
  private final ArrayDeque<EventRecord> kept = new ArrayDeque<>();

  private long start = -1;
  private long end = -1;

  EventTail(Store store) {
    this.store = store;
  }

  /** What the filter lets pass after an event, oldest first, {@value #PAGE} at most. */
  Page after(long seq, EventFilter filter) {
    long readTo;
    lock.lock();
    try {
      refresh();
      if (seq >= start) {
        return fromKept(seq, filter);
      }
      readTo = end;
    } finally {
      lock.unlock();
    }
    List<EventRecord> events = store.read().events(filter.after(seq, PAGE));
    if (events.size() == PAGE) {
      return new Page(shown(events, filter), events.getLast().seq(), true);
    }
    long last = events.isEmpty() ? seq : events.getLast().seq();
    return new Page(shown(events, filter), Math.max(last, readTo), false);
  }

  /** The store doesn't know what may be shown. */
  private static List<EventRecord> shown(List<EventRecord> events, EventFilter filter) {
    return events.stream().filter(filter::test).toList();
  }

  private Page fromKept(long seq, EventFilter filter) {
    List<EventRecord> events =
        kept.stream().filter(event -> event.seq() > seq && filter.test(event)).limit(PAGE).toList();
    boolean more = events.size() == PAGE;
    return new Page(events, more ? events.getLast().seq() : Math.max(seq, end), more);
  }

  private void refresh() {
    if (start < 0) {
      start = store.read().lastEventSeq();
      end = start;
      return;
    }
    List<EventRecord> fresh;
    do {
      fresh = store.read().events(EventQuery.after(end, PAGE));
      for (EventRecord event : fresh) {
        kept.addLast(event);
        end = event.seq();
      }
      while (kept.size() > KEPT) {
        start = kept.removeFirst().seq();
      }
    } while (fresh.size() == PAGE);
  }
}
