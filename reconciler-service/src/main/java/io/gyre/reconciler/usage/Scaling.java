package io.gyre.reconciler.usage;

import io.gyre.messages.Message;
import io.gyre.model.Autoscale;
import io.gyre.model.AutoscaleState;
import io.gyre.model.AutoscaleState.Decision;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.EventRecord;
import io.gyre.model.Ids;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.InstanceUsage;
import io.gyre.model.Resources;
import io.gyre.reconciler.autoscale.Autoscaler;
import io.gyre.reconciler.autoscale.Load;
import io.gyre.store.Store;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks at all deployments that are scaled by their load after each round of samples, records what
 * it comes to, and then tells the API, whose the desired state is: again and again until that has
 * followed. A crash in between leaves a decision that the next look tells.
 *
 * <p>Used by one thread. In memory are only the samples of the last rounds: after a restart it
 * takes two rounds until anything is known again, and until then nothing is decided.
 */
public final class Scaling implements UsageRecorder.Listener {
  /** Loads are averages of so many rounds. */
  private static final int ROUNDS = 4;

  /** For samples from before they were turned off. */
  private static final Duration OFF = Duration.ofSeconds(15);

  private static final Duration TELL_AGAIN = Duration.ofSeconds(25);
  private static final int PAGE = 500;

  /** Puts a message on the bus; false where that failed. */
  public interface Outlet {
    boolean publish(Message message, String correlation);
  }

  private final Store store;
  private final Supplier<Duration> interval;
  private final Clock clock;
  private final Outlet outlet;
  private final Map<InstanceId, Deque<Reading>> readings = new HashMap<>();
  private final Map<DeploymentKey, Told> told = new HashMap<>();

  private record Reading(Instant at, long cpuNanos, long memoryBytes) {}

  private record Told(Decision decision, Instant at, String correlation) {}

  private record Look(DesiredDeployment desired, AutoscaleState state, boolean decided) {}

  public Scaling(Store store, Supplier<Duration> interval, Clock clock, Outlet outlet) {
    this.store = store;
    this.interval = interval;
    this.clock = clock;
    this.outlet = outlet;
  }

  @Override
  public void recorded(String runtime, Instant round, Map<InstanceId, InstanceUsage> usages) {
    Map<DeploymentKey, Autoscale> policies = store.read().autoscales();
    if (policies.isEmpty()) {
      readings.clear();
      told.clear();
      return;
    }
    // As the store keeps it.
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    if (round.plus(over()).isBefore(now)) {
      // It waited on the bus while nobody read, and says nothing of now.
      return;
    }
    List<Look> looks = new ArrayList<>();
    Set<InstanceId> seen = new HashSet<>();
    policies.forEach(
        (key, policy) -> {
          DesiredDeployment desired = store.read().deployment(key).orElse(null);
          List<InstanceRecord> ready = desired == null ? List.of() : ready(key);
          ready.forEach(row -> seen.add(row.id()));
          if (desired != null && !desired.deleted() && desired.spec().runtime().equals(runtime)) {
            looks.add(look(desired, policy, ready, usages, now));
          }
        });
    readings.keySet().retainAll(seen);
    told.keySet().retainAll(policies.keySet());
    if (!looks.isEmpty()) {
      record(looks, now);
    }
  }

  private Duration each() {
    return interval.get().isZero() ? OFF : interval.get();
  }

  private Duration over() {
    return each().multipliedBy(ROUNDS);
  }

  private List<InstanceRecord> ready(DeploymentKey key) {
    List<InstanceRecord> ready = new ArrayList<>();
    InstanceId after = null;
    List<InstanceRecord> page;
    do {
      page = store.read().instances(key.namespace(), key.name(), after, PAGE);
      for (InstanceRecord row : page) {
        after = row.id();
        if (row.ready() && !row.removing() && row.state() == InstanceState.RUNNING) {
          ready.add(row);
        }
      }
    } while (page.size() == PAGE);
    return ready;
  }

  private Look look(
      DesiredDeployment desired,
      Autoscale policy,
      List<InstanceRecord> ready,
      Map<InstanceId, InstanceUsage> usages,
      Instant now) {
    Duration over = over();
    List<Load> loads = new ArrayList<>();
    for (InstanceRecord row : ready) {
      InstanceUsage usage = usages.get(row.id());
      if (usage == null) {
        readings.remove(row.id());
      } else {
        loads.add(load(usage, over, desired.spec().resources()));
      }
    }
    AutoscaleState before = store.read().autoscaleState(desired.key()).orElse(null);
    AutoscaleState state = Autoscaler.look(desired, policy, before, loads, each(), over, now);
    Decision decision = state.decision();
    boolean decided = decision != null && (before == null || !decision.equals(before.decision()));
    return new Look(desired, state, decided);
  }

  /** Averages of the time since it is ready, at most of the last rounds. */
  private Load load(InstanceUsage usage, Duration over, Resources resources) {
    Deque<Reading> lately = readings.computeIfAbsent(usage.instance(), id -> new ArrayDeque<>());
    Reading newest = new Reading(usage.last().at(), usage.cpuNanos(), usage.last().memoryBytes());
    lately.removeIf(each -> !each.at().isBefore(newest.at()));
    lately.add(newest);
    // A little longer: rounds aren't exact.
    Instant begin = newest.at().minus(over).minus(over.dividedBy(2L * ROUNDS));
    lately.removeIf(each -> each.at().isBefore(begin));
    Reading oldest = lately.getFirst();
    long nanos = Duration.between(oldest.at(), newest.at()).toNanos();
    Long cpu = first(resources.cpuRequestMillis(), resources.cpuLimitMillis());
    Long memory = first(resources.memoryRequestBytes(), resources.memoryLimitBytes());
    double bytes = lately.stream().mapToLong(Reading::memoryBytes).average().orElse(0);
    return new Load(
        cpu == null || nanos <= 0
            ? null
            : Double.valueOf((newest.cpuNanos() - oldest.cpuNanos()) * 1000.0 / nanos / cpu),
        memory == null || nanos <= 0 ? null : Double.valueOf(bytes / memory));
  }

  private static @Nullable Long first(@Nullable Long request, @Nullable Long limit) {
    return request == null ? limit : request;
  }

  private void record(List<Look> looks, Instant now) {
    Map<DeploymentKey, String> correlations = new HashMap<>();
    boolean news = looks.stream().anyMatch(Look::decided);
    store
        .observed()
        .run(
            tx -> {
              for (Look look : looks) {
                tx.putAutoscaleState(look.state);
                if (look.decided) {
                  String correlation = Ids.correlation();
                  correlations.put(look.desired.key(), correlation);
                  tx.appendEvent(event(look, now, correlation));
                }
              }
            });
    for (Look look : looks) {
      tell(look, now, correlations.get(look.desired.key()));
    }
    if (news) {
      outlet.publish(new Message.StateChanged(store.read().lastEventSeq()), "autoscale");
    }
  }

  private static EventRecord event(Look look, Instant now, String correlation) {
    DeploymentKey key = look.desired.key();
    Decision decision = Objects.requireNonNull(look.state.decision());
    return new EventRecord(
        0,
        now,
        EventRecord.Level.NORMAL,
        key.namespace(),
        key.name(),
        null,
        "planned_scale",
        key + ": " + decision.reason(),
        correlation);
  }

  private void tell(Look look, Instant now, @Nullable String correlation) {
    DesiredDeployment desired = look.desired;
    Decision decision = look.state.decision();
    if (decision == null || !Autoscaler.pending(look.state, desired)) {
      told.remove(desired.key());
      return;
    }
    Told last = told.get(desired.key());
    boolean again =
        last == null
            || !last.decision().equals(decision)
            || Duration.between(last.at(), now).abs().compareTo(TELL_AGAIN) > 0;
    if (!again) {
      return;
    }
    String with =
        correlation != null ? correlation : last != null ? last.correlation() : Ids.correlation();
    boolean sent =
        outlet.publish(
            new Message.ReplicasDecided(
                desired.key(),
                desired.uid(),
                decision.generation(),
                decision.to(),
                decision.reason()),
            with);
    if (sent) {
      told.put(desired.key(), new Told(decision, now, with));
    }
  }
}
