package io.gyre.runtime.host.report;

import io.gyre.messages.Message;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends facts, in the order in which they were given, from one thread; whoever gives one never
 * waits for the bus.
 *
 * <p>Observations of one instance that wait to be sent are merged into the newest, and one that
 * says nothing new isn't sent; all other facts are sent one by one. An observation never overtakes,
 * nor is overtaken by, another fact of its instance.
 *
 * <p>While the bus takes nothing (a full disk), the oldest fact is tried again and again; after
 * that {@code caughtUp} is called, to report everything anew.
 */
public final class Reporter implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Reporter.class);
  private static final Duration FIRST_RETRY = Duration.ofMillis(250);
  private static final Duration LONGEST_RETRY = Duration.ofSeconds(5);
  private static final int MOST_WAITING = 20_000;

  /** Of the longest ids so many fit well into one message. */
  private static final int REPORTED_AT_ONCE = 1000;

  /** Where facts go. */
  public interface Publisher {
    void publish(Message message, Cause cause);
  }

  private static final class Entry {
    Message message;
    Cause cause;

    /** What is sent right after it. */
    Iterator<Message> more = Collections.emptyIterator();

    Entry(Message message, Cause cause) {
      this.message = message;
      this.cause = cause;
    }

    /** Whether there was more. */
    boolean advance() {
      if (!more.hasNext()) {
        return false;
      }
      message = more.next();
      return true;
    }
  }

  private final Object lock = new Object();
  private final Deque<Entry> waiting = new ArrayDeque<>();
  private final Map<InstanceId, Entry> mergeable = new HashMap<>();
  private final Map<InstanceId, InstanceObservation> said = new HashMap<>();
  private final Runnable caughtUp;
  private boolean begun;
  private boolean closed;
  private boolean dropped;
  private @Nullable Thread thread;

  public Reporter(Runnable caughtUp) {
    this.caughtUp = caughtUp;
  }

  /** Nothing that was given before is sent: report everything after this. */
  public void begin(Publisher publisher) {
    synchronized (lock) {
      if (begun || closed) {
        return;
      }
      begun = true;
      // A platform thread: the bus may block in memory-mapped files.
      thread = Thread.ofPlatform().daemon().name("reporter").start(() -> send(publisher));
    }
  }

  public void observed(InstanceObservation observation, Cause cause) {
    observed(() -> observation, cause);
  }

  /**
   * What is known of an instance by now, so that of two threads that tell of it the later one never
   * tells the older.
   *
   * @param newest asked when it is its turn, null: there is nothing to tell; it must not wait for
   *     anything that gives facts
   */
  public void observed(Supplier<@Nullable InstanceObservation> newest, Cause cause) {
    synchronized (lock) {
      if (!begun || closed) {
        return;
      }
      InstanceObservation observation = newest.get();
      if (observation == null || observation.equals(said.get(observation.id()))) {
        return;
      }
      said.put(observation.id(), observation);
      Entry merged = mergeable.get(observation.id());
      if (merged != null) {
        merged.message = new Message.InstanceObserved(observation);
        merged.cause = cause;
      } else {
        mergeable.put(observation.id(), add(new Message.InstanceObserved(observation), cause));
      }
    }
  }

  /** The next observation of the instance is sent even where it says nothing new. */
  public void repeat(InstanceId id) {
    synchronized (lock) {
      said.remove(id);
    }
  }

  /** A fact of no instance. */
  public void fact(Message fact, Cause cause) {
    synchronized (lock) {
      if (begun && !closed) {
        add(fact, cause);
      }
    }
  }

  public void fact(InstanceId id, Message fact, Cause cause) {
    synchronized (lock) {
      if (begun && !closed) {
        mergeable.remove(id);
        if (fact instanceof Message.InstanceGone) {
          said.remove(id);
        }
        add(fact, cause);
      }
    }
  }

  /**
   * All instances of a runtime. No fact of them comes between the supplier's answer and the report;
   * so the supplier must not wait for anything that gives facts.
   */
  public void report(String runtime, Supplier<List<InstanceObservation>> all, Cause cause) {
    synchronized (lock) {
      if (!begun || closed) {
        return;
      }
      List<InstanceObservation> observations = all.get();
      for (InstanceObservation observation : observations) {
        mergeable.remove(observation.id());
        said.put(observation.id(), observation);
      }
      // One entry, however many they are: messages are made when they are sent.
      Iterator<Message> messages =
          Stream.<Message>concat(
                  observations.stream().map(Message.InstanceObserved::new),
                  inventory(runtime, observations.stream().map(InstanceObservation::id).toList())
                      .stream())
              .iterator();
      add(messages.next(), cause).more = messages;
    }
  }

  /** In one message, or in parts of it where they are many. */
  private static List<Message> inventory(String runtime, List<InstanceId> ids) {
    if (ids.size() <= REPORTED_AT_ONCE) {
      return List.of(new Message.InstancesReported(runtime, ids));
    }
    List<InstanceId> sorted = ids.stream().sorted().toList();
    List<Message> parts = new ArrayList<>();
    String after = "";
    for (int from = 0; from < sorted.size(); from += REPORTED_AT_ONCE) {
      int to = Math.min(from + REPORTED_AT_ONCE, sorted.size());
      List<InstanceId> part = sorted.subList(from, to);
      String through = to == sorted.size() ? "" : part.getLast().value();
      parts.add(new Message.InstancesReportedPart(runtime, after, through, part));
      after = through;
    }
    return parts;
  }

  private Entry add(Message message, Cause cause) {
    Entry entry = new Entry(message, cause);
    if (waiting.size() >= MOST_WAITING) {
      log.warn("dropped {} facts that the bus did not take", waiting.size());
      waiting.clear();
      mergeable.clear();
      dropped = true;
    }
    waiting.add(entry);
    lock.notifyAll();
    return entry;
  }

  private void send(Publisher publisher) {
    try {
      sendUntilClosed(publisher);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void sendUntilClosed(Publisher publisher) throws InterruptedException {
    boolean failed = false;
    while (true) {
      Entry entry = next();
      if (entry == null) {
        return;
      }
      Duration wait = FIRST_RETRY;
      do {
        while (!published(publisher, entry, !failed)) {
          failed = true;
          if (!pause(wait)) {
            return;
          }
          wait = wait.multipliedBy(2);
          wait = wait.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : wait;
        }
      } while (entry.advance());
      if (failed || takeDropped()) {
        failed = false;
        log.info("the bus takes facts again; reporting everything");
        caughtUp.run();
      }
    }
  }

  private static boolean published(Publisher publisher, Entry entry, boolean first) {
    try {
      publisher.publish(entry.message, entry.cause);
      return true;
    } catch (RuntimeException e) {
      if (e instanceof GyreException refused && refused.kind() == ErrorKind.TOO_LARGE) {
        // It will never be taken, and no other fact shall wait for it.
        log.error("a fact is left out: {}", e.getMessage());
        return true;
      }
      if (first) {
        log.warn("the bus does not take facts, trying again: {}", e.getMessage());
      }
      return false;
    }
  }

  private @Nullable Entry next() throws InterruptedException {
    synchronized (lock) {
      while (waiting.isEmpty() && !closed) {
        lock.wait();
      }
      Entry entry = waiting.poll();
      if (entry != null && entry.message instanceof Message.InstanceObserved observed) {
        mergeable.remove(observed.observation().id(), entry);
      }
      return entry;
    }
  }

  private boolean takeDropped() {
    synchronized (lock) {
      boolean was = dropped;
      dropped = false;
      return was;
    }
  }

  /** Returns false once closed. */
  private boolean pause(Duration length) throws InterruptedException {
    long end = System.nanoTime() + length.toNanos();
    synchronized (lock) {
      long left = length.toMillis();
      while (!closed && left > 0) {
        lock.wait(left);
        left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      }
      return !closed;
    }
  }

  /** Takes no more facts; sends what waits, for a short time. */
  @Override
  public void close() {
    Thread ending;
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
      ending = thread;
    }
    if (ending == null || Objects.equals(ending, Thread.currentThread())) {
      return;
    }
    try {
      ending.join(Duration.ofMillis(200));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
