package io.gyre.runtime.host.usage;

import io.gyre.messages.Message;
import io.gyre.messages.Message.UsageReported;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.UsageSample;
import io.gyre.runtime.host.plugin.RuntimeSlot;
import io.gyre.runtime.host.restart.Timers;
import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceStats;
import io.gyre.runtime.spi.InstanceStats.Usage;
import io.gyre.runtime.spi.InstanceStatus;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks each runtime from time to time what all of its running instances use, in one call, and
 * publishes the answer. Where nothing runs, nothing is asked. What can't be published is dropped:
 * the next round is worth more.
 *
 * <p>Threads: one timer for all; each runtime is asked on a virtual thread, of which it has one at
 * most, so that one that hangs delays nobody else.
 */
public final class Sampler implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Sampler.class);
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Duration FIRST = Duration.ofSeconds(2);

  private final Timers timers;
  private final Supplier<Collection<RuntimeSlot>> slots;
  private final Supplier<Duration> interval;
  private final Clock clock;
  private final Set<String> asked = ConcurrentHashMap.newKeySet();
  private final Set<String> failing = ConcurrentHashMap.newKeySet();
  private final Object lock = new Object();
  private @Nullable Consumer<Message> publisher;
  private Timers.@Nullable Timer next;
  private boolean closed;

  /**
   * @param interval asked anew for each round; zero: no rounds
   */
  public Sampler(
      Timers timers,
      Supplier<Collection<RuntimeSlot>> slots,
      Supplier<Duration> interval,
      Clock clock) {
    this.timers = timers;
    this.slots = slots;
    this.interval = interval;
    this.clock = clock;
  }

  /**
   * Begins, soon.
   *
   * @param to throws where it can't take a message
   */
  public void begin(Consumer<Message> to) {
    synchronized (lock) {
      publisher = to;
    }
    schedule(FIRST);
  }

  /** The next round comes after what the interval is now. */
  public void intervalChanged() {
    schedule(FIRST);
  }

  private void schedule(Duration atMost) {
    Duration wait = interval.get();
    synchronized (lock) {
      if (next != null) {
        next.cancel();
        next = null;
      }
      if (!closed && publisher != null && wait.isPositive()) {
        next = timers.after(wait.compareTo(atMost) < 0 ? wait : atMost, this::round);
      }
    }
  }

  private void round() {
    try {
      for (RuntimeSlot slot : slots.get()) {
        Set<String> running = running(slot);
        if (!running.isEmpty() && asked.add(slot.name())) {
          Thread.ofVirtual().name("usage " + slot.name()).start(() -> ask(slot, running));
        }
      }
    } finally {
      schedule(interval.get());
    }
  }

  private static Set<String> running(RuntimeSlot slot) {
    if (!slot.ready() || !slot.has(Capability.STATS)) {
      return Set.of();
    }
    return slot.inventory().all().stream()
        .filter(status -> status.state() == InstanceStatus.State.RUNNING)
        .map(InstanceStatus::id)
        .collect(Collectors.toSet());
  }

  private void ask(RuntimeSlot slot, Set<String> running) {
    String name = slot.name();
    try {
      Instant now = clock.instant();
      List<Usage> told =
          slot.call(
              "usage",
              DEADLINE,
              runtime -> {
                InstanceStats stats = runtime.ability(InstanceStats.class).orElse(null);
                return stats == null ? List.of() : List.copyOf(stats.usage(running));
              });
      publish(name, now.truncatedTo(ChronoUnit.MILLIS), samples(told, running));
      failing.remove(name);
    } catch (GyreException e) {
      if (failing.add(name)) {
        log.warn("{}: what its instances use isn't known: {}", name, e.getMessage());
      }
    } catch (RuntimeException e) {
      log.error("{}: what its instances use was not told", name, e);
    } finally {
      asked.remove(name);
    }
  }

  /** One for each instance that was asked for, with times as the store keeps them. */
  private static List<UsageSample> samples(List<Usage> told, Set<String> running) {
    List<UsageSample> samples = new ArrayList<>(told.size());
    Set<String> left = new HashSet<>(running);
    for (Usage usage : told) {
      if (left.remove(usage.id())) {
        samples.add(
            new UsageSample(
                new InstanceId(usage.id()),
                usage.at().truncatedTo(ChronoUnit.MILLIS),
                usage.origin(),
                Math.max(0, usage.cpuNanos()),
                Math.max(0, usage.memoryBytes()),
                usage.receivedBytes(),
                usage.sentBytes()));
      }
    }
    return samples;
  }

  private void publish(String runtime, Instant round, List<UsageSample> samples) {
    Consumer<Message> to;
    synchronized (lock) {
      to = closed ? null : publisher;
    }
    if (to == null || samples.isEmpty()) {
      return;
    }
    for (int from = 0; from < samples.size(); from += UsageReported.MOST_SAMPLES) {
      int end = Math.min(samples.size(), from + UsageReported.MOST_SAMPLES);
      to.accept(
          new UsageReported(runtime, round, end == samples.size(), samples.subList(from, end)));
    }
  }

  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      if (next != null) {
        next.cancel();
      }
    }
  }
}
