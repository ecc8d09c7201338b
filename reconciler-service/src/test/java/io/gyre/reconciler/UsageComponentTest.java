package io.gyre.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.model.Autoscale;
import io.gyre.model.AutoscaleState;
import io.gyre.model.EventRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceUsage;
import io.gyre.model.Resources;
import io.gyre.model.UsagePoint;
import io.gyre.model.UsageSample;
import io.gyre.store.EventQuery;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What instances use: recorded, kept for a while, and followed. */
final class UsageComponentTest {
  private static final Duration EACH = Duration.ofSeconds(15);

  @TempDir Path directory;
  private ReconcilerFixture gyre;
  private Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
  private long busyNanos;

  @BeforeEach
  void open() {
    gyre = new ReconcilerFixture(directory);
  }

  @AfterEach
  void close() {
    gyre.close();
  }

  private List<InstanceId> instances() {
    return gyre.rows().stream().map(InstanceRecord::id).toList();
  }

  private UsageSample sample(InstanceId id, long origin, long cpuNanos) {
    return new UsageSample(id, now, origin, cpuNanos, 10 << 20, 100L, null);
  }

  private void tell(List<UsageSample> samples) {
    gyre.fact(new Message.UsageReported("process", now, true, samples));
  }

  private void tell(UsageSample sample) {
    tell(List.of(sample));
  }

  private InstanceUsage await(InstanceId id) {
    gyre.await(
        () -> gyre.store().read().usage(id).filter(u -> u.last().at().equals(now)).isPresent(),
        "the sample of " + now + "; " + gyre.store().read().usage(id));
    return gyre.store().read().usage(id).orElseThrow();
  }

  @Test
  void countersGoOnWhateverBeginsAnewAndOverARestart() {
    gyre.want("a", 1);
    gyre.awaitPhase("running 1/1");
    InstanceId id = gyre.row().id();
    tell(sample(id, 1, 2_000_000_000));
    InstanceUsage first = await(id);
    assertThat(first.cpuNanos()).isEqualTo(2_000_000_000);
    assertThat(first.cpuMillis()).isNull();
    assertThat(first.deployment()).isEqualTo(ReconcilerFixture.WEB);

    now = now.plusSeconds(10);
    tell(sample(id, 1, 7_000_000_000L));
    assertThat(await(id).cpuMillis()).isEqualTo(500);
    tell(sample(id, 1, 7_000_000_000L));

    gyre.restartReconciler();
    now = now.plusSeconds(10);
    tell(sample(id, 2, 1_000_000_000));
    InstanceUsage anew = await(id);
    assertThat(anew.cpuNanos()).as("a new run").isEqualTo(8_000_000_000L);
    assertThat(anew.cpuMillis()).isEqualTo(100);

    now = now.plusSeconds(10);
    tell(sample(id, 2, 400_000_000));
    assertThat(await(id).cpuNanos()).as("a child isn't collected yet").isEqualTo(8_000_000_000L);
    now = now.plusSeconds(10);
    tell(sample(id, 2, 1_500_000_000));
    assertThat(await(id).cpuNanos()).isEqualTo(8_500_000_000L);
    assertThat(await(id).cpuMillis()).isEqualTo(50);

    now = now.minusSeconds(7200);
    tell(sample(id, 2, 2_500_000_000L));
    InstanceUsage setBack = await(id);
    assertThat(setBack.cpuNanos()).as("the clock was set back").isEqualTo(9_500_000_000L);
    assertThat(setBack.cpuMillis()).isNull();
  }

  @Test
  void whatIsGoneOrUnknownLeavesNothing() {
    gyre.want("a", 1);
    gyre.awaitPhase("running 1/1");
    InstanceId id = gyre.row().id();
    tell(List.of(sample(id, 1, 1), sample(new InstanceId("web-stranger"), 1, 1)));
    await(id);
    assertThat(gyre.store().read().usages(null, null)).hasSize(1);
    gyre.want("a", 0);
    gyre.await(() -> gyre.rows().isEmpty(), "it is gone");
    assertThat(gyre.store().read().usages(null, null)).isEmpty();
    now = now.plusSeconds(15);
    tell(sample(id, 1, 2));
    gyre.want("a", 1);
    gyre.awaitPhase("running 1/1");
    now = now.plusSeconds(15);
    tell(sample(gyre.row().id(), 1, 2));
    await(gyre.row().id());
    assertThat(gyre.store().read().usages(null, null)).hasSize(1);
  }

  @Test
  void aRoundMayComeInPartsAndOneWithoutAnEndIsDropped() {
    gyre.want("a", 2);
    gyre.awaitPhase("running 2/2");
    InstanceId one = instances().getFirst();
    InstanceId two = instances().getLast();
    gyre.fact(new Message.UsageReported("process", now, false, List.of(sample(one, 1, 1))));
    now = now.plusSeconds(15);
    gyre.fact(new Message.UsageReported("process", now, false, List.of(sample(one, 1, 5))));
    gyre.fact(new Message.UsageReported("process", now, true, List.of(sample(two, 1, 6))));
    assertThat(await(two).cpuNanos()).isEqualTo(6);
    assertThat(await(one).cpuNanos()).isEqualTo(5);
    assertThat(await(one).cpuMillis()).as("the first part was dropped").isNull();
  }

  @Test
  void theHistoryIsAveragedAndBounded() {
    gyre.want("a", 2);
    gyre.awaitPhase("running 2/2");
    long length = UsagePoint.COARSE.toMillis();
    Instant bucket =
        Instant.ofEpochMilli(now.toEpochMilli() / length * length).minus(Duration.ofHours(3));
    now = bucket.minusSeconds(15);
    long nanos = 0;
    for (int i = 0; i <= 21; i++) {
      List<UsageSample> samples = new ArrayList<>();
      for (InstanceId id : instances()) {
        samples.add(sample(id, 1, nanos));
      }
      tell(samples);
      now = now.plus(EACH);
      nanos += i % 2 == 0 ? 1_500_000_000L : 4_500_000_000L;
    }
    now = now.minus(EACH);
    InstanceId id = instances().getFirst();
    await(id);
    List<UsagePoint> fine = points(id.value(), false);
    assertThat(fine).hasSize(21);
    assertThat(fine.getFirst())
        .isEqualTo(new UsagePoint(id.value(), bucket, 100, 10 << 20, 0L, null, 1));
    assertThat(points(id.value(), true))
        .containsExactly(new UsagePoint(id.value(), bucket, 200, 10 << 20, 0L, null, 1));
    assertThat(points("default/web", true))
        .containsExactly(new UsagePoint("default/web", bucket, 400, 20 << 20, 0L, null, 2));

    gyre.restartReconciler();
    now = now.plus(Duration.ofMinutes(70));
    tell(sample(id, 1, nanos));
    await(id);
    assertThat(points(id.value(), false)).as("the last hour").hasSize(1);
    assertThat(points(id.value(), true)).as("made once").hasSize(2);
    now = now.plus(Duration.ofHours(25));
    tell(sample(id, 1, nanos));
    await(id);
    assertThat(points("default/web", true)).as("the last day").isEmpty();
  }

  private List<UsagePoint> points(String subject, boolean coarse) {
    return gyre.store().read().usagePoints(subject, coarse, Instant.EPOCH);
  }

  /** A round in which each instance uses so much of a core. */
  private void busy(double cores) {
    now = now.plus(EACH);
    busyNanos += (long) (cores * EACH.toNanos());
    List<UsageSample> samples = new ArrayList<>();
    for (InstanceId id : instances()) {
      samples.add(sample(id, 1, busyNanos));
    }
    tell(samples);
    samples.forEach(sample -> await(sample.instance()));
  }

  private List<Message.ReplicasDecided> decided() {
    return gyre.told().stream()
        .filter(Message.ReplicasDecided.class::isInstance)
        .map(Message.ReplicasDecided.class::cast)
        .toList();
  }

  @Test
  void theLoadDecidesAndIsExplainedAndARestartChangesNothing() {
    gyre.want(gyre.spec("a", new Resources(null, null, 1000L, null)), 2);
    gyre.awaitPhase("running 2/2");
    gyre.autoscale(new Autoscale(1, 6, 70, null, Duration.ZERO, Duration.ofMinutes(5), 10, null));
    for (int i = 0; i < 3; i++) {
      busy(0.7);
    }
    gyre.await(() -> state().cpuPercent() != null, "it is looked at");
    assertThat(state().cpuPercent()).isEqualTo(70);
    gyre.restartReconciler();
    for (int i = 0; i < 5; i++) {
      busy(1.82);
    }
    gyre.await(() -> !decided().isEmpty(), "the API is told");
    assertThat(decided()).hasSize(1);
    Message.ReplicasDecided decision = decided().getFirst();
    assertThat(decision.deployment()).isEqualTo(ReconcilerFixture.WEB);
    assertThat(decision.uid()).isEqualTo("uid1");
    assertThat(decision.generation()).isEqualTo(1);
    assertThat(decision.replicas()).isEqualTo(6);
    assertThat(decision.reason()).isEqualTo("cpu 182% of 70% over 60 s: 2 -> 6, max 6");
    EventRecord event =
        gyre
            .store()
            .read()
            .events(new EventQuery(0, 50, "default", "web", null, null, true))
            .stream()
            .filter(each -> each.reason().equals("planned_scale"))
            .findFirst()
            .orElseThrow();
    assertThat(event.message()).isEqualTo("default/web: " + decision.reason());

    gyre.restartReconciler();
    busy(1.82);
    busy(1.82);
    gyre.await(() -> decided().size() == 2, "a successor tells it again");
    assertThat(decided().getLast()).isEqualTo(decision);
    assertThat(gyre.reasons()).containsOnlyOnce("planned_scale");

    gyre.want(gyre.spec("a", new Resources(null, null, 1000L, null)), 6);
    gyre.awaitPhase("running 6/6");
    for (int i = 0; i < 8; i++) {
      busy(0.6);
    }
    gyre.restartReconciler();
    for (int i = 0; i < 8; i++) {
      busy(0.6);
    }
    assertThat(decided()).as("nothing more").hasSize(2);
  }

  @Test
  void whatWaitedOnTheBusForLongDecidesNothing() {
    gyre.want(gyre.spec("a", new Resources(null, null, 1000L, null)), 1);
    gyre.awaitPhase("running 1/1");
    gyre.autoscale(new Autoscale(1, 6, 70, null, Duration.ZERO, Duration.ofMinutes(5), 10, null));
    now = now.minus(Duration.ofMinutes(10));
    for (int i = 0; i < 5; i++) {
      busy(2);
    }
    assertThat(gyre.store().read().usage(gyre.row().id())).isPresent();
    assertThat(gyre.store().read().autoscaleState(ReconcilerFixture.WEB)).isEmpty();
    now = now.plus(Duration.ofMinutes(10));
    for (int i = 0; i < 3; i++) {
      busy(0.7);
    }
    gyre.await(() -> Integer.valueOf(70).equals(state().cpuPercent()), "it is looked at");
    assertThat(decided()).isEmpty();
  }

  private AutoscaleState state() {
    return gyre.store().read().autoscaleState(ReconcilerFixture.WEB).orElse(NOTHING);
  }

  private static final AutoscaleState NOTHING =
      new AutoscaleState(
          ReconcilerFixture.WEB, "", Instant.EPOCH, List.of(), List.of(), null, null, "", null);
}
