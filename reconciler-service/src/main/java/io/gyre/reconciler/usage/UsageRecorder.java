package io.gyre.reconciler.usage;

import io.gyre.messages.Message.UsageReported;
import io.gyre.model.DeploymentKey;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceUsage;
import io.gyre.model.UsagePoint;
import io.gyre.model.UsageSample;
import io.gyre.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records what instances use, a round at a time, in one transaction with what is made of it for the
 * history: the last hour in full, and averages of five minutes of the last day. Both are bounded,
 * however many instances there are.
 *
 * <p>All of it is done on one thread of its own, which {@link #take} only hands to. A message that
 * comes twice changes nothing. The store is all that is kept: a successor goes on from there.
 */
public final class UsageRecorder implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(UsageRecorder.class);
  private static final Duration FINE = Duration.ofHours(1);
  private static final Duration COARSE = Duration.ofDays(1);

  /** Points of the last hour that are kept at most, about. */
  private static final long MOST_POINTS = 250_000;

  /** A sample that is older than the last by more than this tells that the clock was set back. */
  private static final Duration SET_BACK = Duration.ofMinutes(1);

  /** Told of each round after it was recorded, on the recorder's thread. */
  public interface Listener {
    void recorded(String runtime, Instant round, Map<InstanceId, InstanceUsage> usages);
  }

  private final Store store;
  private final Function<InstanceId, @Nullable DeploymentKey> owners;
  private final Supplier<Duration> interval;
  private final Listener listener;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("usage").factory());

  // Below: the thread's own.
  private final Map<String, Round> rounds = new HashMap<>();
  private @Nullable Map<InstanceId, InstanceUsage> latest;
  private @Nullable Instant averaged;

  private record Round(Instant at, List<UsageSample> samples) {}

  /**
   * @param owners the deployment of an instance; null where it isn't known
   * @param interval between two rounds
   */
  public UsageRecorder(
      Store store,
      Function<InstanceId, @Nullable DeploymentKey> owners,
      Supplier<Duration> interval,
      Listener listener) {
    this.store = store;
    this.owners = owners;
    this.interval = interval;
    this.listener = listener;
  }

  /** Doesn't block. */
  public void take(UsageReported message) {
    try {
      thread.execute(
          () -> {
            try {
              collect(message);
            } catch (GyreException e) {
              latest = null;
              log.warn("what instances use was not recorded: {}: {}", e.code(), e.getMessage());
            } catch (RuntimeException e) {
              latest = null;
              log.error("what instances use was not recorded", e);
            }
          });
    } catch (RejectedExecutionException e) {
      log.debug("closing");
    }
  }

  private void collect(UsageReported message) {
    Round open = rounds.get(message.runtime());
    if (open == null || !open.at().equals(message.round())) {
      // What has come of a round whose end never came is late for it.
      open = new Round(message.round(), new ArrayList<>());
      rounds.put(message.runtime(), open);
    }
    open.samples().addAll(message.samples());
    if (message.last()) {
      rounds.remove(message.runtime());
      record(message.runtime(), open);
    }
  }

  private void record(String runtime, Round round) {
    Map<InstanceId, InstanceUsage> known = latest();
    known.keySet().removeIf(id -> owners.apply(id) == null);
    Map<InstanceId, InstanceUsage> news = new HashMap<>();
    for (UsageSample sample : round.samples()) {
      DeploymentKey owner = owners.apply(sample.instance());
      InstanceUsage before = known.get(sample.instance());
      if (owner != null && (before == null || isNews(before, sample))) {
        news.put(
            sample.instance(),
            before == null ? InstanceUsage.first(sample, owner) : before.next(sample));
      }
    }
    if (news.isEmpty()) {
      return;
    }
    List<UsagePoint> points = points(round.at(), news);
    Instant fine = round.at().minus(keptFor(points.size()));
    store
        .observed()
        .run(
            tx -> {
              tx.putUsages(List.copyOf(news.values()));
              tx.addUsagePoints(points);
              dueAverages(round.at()).forEach(tx::averageUsagePoints);
              tx.sweepUsage(fine, round.at().minus(COARSE));
            });
    averaged = bucket(round.at());
    known.putAll(news);
    listener.recorded(runtime, round.at(), news);
  }

  private Map<InstanceId, InstanceUsage> latest() {
    Map<InstanceId, InstanceUsage> known = latest;
    if (known == null) {
      known = new HashMap<>();
      for (InstanceUsage usage : store.read().usages(null, null)) {
        known.put(usage.instance(), usage);
      }
      latest = known;
    }
    return known;
  }

  private static boolean isNews(InstanceUsage before, UsageSample sample) {
    Instant last = before.last().at();
    return sample.at().isAfter(last) || sample.at().isBefore(last.minus(SET_BACK));
  }

  /** Of each instance whose rates are known, and of their deployments. */
  private static List<UsagePoint> points(Instant at, Map<InstanceId, InstanceUsage> news) {
    Map<String, UsagePoint> points = new TreeMap<>();
    for (InstanceUsage usage : news.values()) {
      Long cpu = usage.cpuMillis();
      if (cpu != null) {
        UsagePoint point =
            new UsagePoint(
                usage.instance().value(),
                at,
                cpu,
                usage.last().memoryBytes(),
                usage.receivedPerSecond(),
                usage.sentPerSecond(),
                1);
        points.put(point.subject(), point);
        String deployment = usage.deployment().toString();
        points.merge(deployment, point.of(deployment), UsagePoint::plus);
      }
    }
    return List.copyOf(points.values());
  }

  private Duration keptFor(int pointsPerRound) {
    Duration each = interval.get();
    long rounds = MOST_POINTS / Math.max(1, pointsPerRound);
    boolean all = each.isZero() || rounds > FINE.dividedBy(each);
    return all ? FINE : each.multipliedBy(rounds);
  }

  /** The begins of those five minutes that are over and haven't been averaged. */
  private List<Instant> dueAverages(Instant now) {
    Instant current = bucket(now);
    if (current.equals(averaged)) {
      return List.of();
    }
    Instant earliest = bucket(now.minus(COARSE));
    Instant next =
        store
            .read()
            .lastUsageAverage()
            .map(last -> last.plus(UsagePoint.COARSE))
            .orElse(bucket(now.minus(FINE)));
    next = next.isBefore(earliest) ? earliest : next;
    List<Instant> due = new ArrayList<>();
    while (next.isBefore(current)) {
      due.add(next);
      next = next.plus(UsagePoint.COARSE);
    }
    return due;
  }

  private static Instant bucket(Instant at) {
    long length = UsagePoint.COARSE.toMillis();
    return Instant.ofEpochMilli(Math.floorDiv(at.toEpochMilli(), length) * length);
  }

  /** Where a round is being recorded, that ends first. */
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(500, TimeUnit.MILLISECONDS)) {
        log.info("a round of what instances use is still being recorded");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
