package io.gyre.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.model.Demand;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.Resources;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Starts only what the host has room for; and looks only at what changed. */
final class AdmissionComponentTest {
  private static final long GI = 1L << 30;

  @TempDir Path directory;
  private ReconcilerFixture gyre;

  @BeforeEach
  void open() {
    gyre = new ReconcilerFixture(directory);
  }

  @AfterEach
  void close() {
    gyre.close();
  }

  private DeploymentSpec needs(long gi, String command) {
    DeploymentSpec plain = gyre.spec(command);
    return new DeploymentSpec(
        plain.runtime(),
        plain.kind(),
        plain.container(),
        plain.process(),
        plain.environment(),
        plain.volumes(),
        plain.ports(),
        plain.labels(),
        new Resources(null, gi * GI, null, null),
        plain.healthChecks(),
        plain.network());
  }

  private void capacity(long gi) {
    gyre.capacity = new Demand(gi * GI, Long.MAX_VALUE);
  }

  private Set<InstanceId> commandedStarts() {
    return gyre.commands().stream()
        .filter(Message.StartInstance.class::isInstance)
        .map(command -> ((Message.StartInstance) command).instance())
        .collect(Collectors.toSet());
  }

  private long running(String name) {
    return gyre.rows(name).stream().filter(InstanceRecord::ready).count();
  }

  private long waiting(String name) {
    return gyre.rows(name).stream()
        .filter(row -> "insufficient_memory".equals(row.reason()))
        .count();
  }

  @Test
  void whatDoesNotFitWaitsAndGoesOnByItself() {
    capacity(4);
    gyre.restartReconciler();
    gyre.want("big", needs(3, "a"), 1);
    gyre.await(() -> running("big") == 1, "big runs");
    gyre.want("small", needs(1, "b"), 3);
    gyre.await(() -> running("small") == 1 && waiting("small") == 2, "one of three has room");
    assertThat(gyre.rows("small"))
        .filteredOn(row -> row.state() == InstanceState.PENDING)
        .extracting(InstanceRecord::message)
        .containsOnly("waits for memory: needs 1Gi, 0 of 4Gi are free");
    assertThat(commandedStarts()).as("starts").hasSize(2);

    gyre.want("big", needs(3, "a"), 0);
    gyre.await(() -> running("small") == 3, "small runs once big is gone");
    assertThat(gyre.reasons()).contains("insufficient_memory", "planned_start");
  }

  @Test
  void aReconcilerThatIsReplacedKnowsWhoHoldsAndWhoWaits() {
    capacity(2);
    gyre.restartReconciler();
    gyre.want("a", needs(1, "a"), 3);
    gyre.await(() -> running("a") == 2 && waiting("a") == 1, "two of three");
    Set<InstanceId> before =
        gyre.rows("a").stream().map(InstanceRecord::id).collect(Collectors.toSet());
    gyre.restartReconciler();
    gyre.want("b", needs(1, "b"), 1);
    gyre.await(() -> waiting("b") == 1, "b waits, too");
    assertThat(gyre.rows("a")).extracting(InstanceRecord::id).hasSameElementsAs(before);
    assertThat(commandedStarts()).hasSize(2);
    capacity(4);
    gyre.await(() -> running("a") == 3 && running("b") == 1, "both run on a larger host");
  }

  @Test
  void aSmallerHostStopsNothing() {
    capacity(3);
    gyre.restartReconciler();
    gyre.want(needs(1, "a"), 3);
    gyre.awaitPhase("running 3/3");
    Set<Long> pids = pids();
    capacity(1);
    gyre.restartReconciler();
    gyre.want("b", needs(1, "b"), 1);
    gyre.await(() -> waiting("b") == 1, "b waits");
    gyre.askRestart();
    gyre.await(
        () -> gyre.rows().stream().allMatch(row -> row.restartNonce() == 1 && row.ready()),
        "all are restarted in place, which needs no room");
    gyre.awaitPhase("running 3/3");
    assertThat(new HashSet<>(pids())).hasSize(3).doesNotContainAnyElementsOf(pids);
  }

  @Test
  void aRolloutWhoseSurgeDoesNotFitWaitsWithTheReason() {
    capacity(2);
    gyre.restartReconciler();
    gyre.want(needs(1, "a"), 2);
    gyre.awaitPhase("running 2/2");
    Set<Long> pids = pids();
    gyre.want(needs(1, "b"), 2);
    gyre.await(() -> waiting("web") == 1, "the new revision waits");
    assertThat(pids()).as("the old one serves on").containsAll(pids);
    assertThat(Objects.requireNonNull(gyre.status()).reason()).isEqualTo("insufficient_memory");
    capacity(3);
    gyre.await(
        () ->
            gyre.rows().size() == 2
                && gyre.rows().stream().allMatch(row -> row.revision() == 2 && row.ready()),
        "it is replaced one by one");
  }

  @Test
  void whatWaitsIsRemovedWithItsDeployment() {
    capacity(1);
    gyre.restartReconciler();
    gyre.want(needs(2, "a"), 1);
    gyre.await(() -> waiting("web") == 1, "it waits");
    gyre.delete();
    gyre.await(() -> gyre.rows().isEmpty(), "it is gone");
    assertThat(commandedStarts()).isEmpty();
  }

  @Test
  void aFullPassLooksAtNothingThatRestsAndAChangeAtItsOwn() {
    int count = 40;
    for (int i = 0; i < count; i++) {
      gyre.want("d" + i, gyre.spec("a"), 2);
    }
    gyre.await(
        () ->
            gyre.store().read().statuses("default").stream()
                    .filter(status -> status.phase().id().equals("running"))
                    .count()
                == count,
        "all run");
    awaitRest();
    long before = gyre.lookCount();
    String marked = gyre.rows("d1").getFirst().updatedAt().toString();
    awaitPasses(2);
    assertThat(gyre.lookCount()).as("looks in two full passes").isEqualTo(before);

    gyre.want("d7", gyre.spec("a"), 3);
    gyre.await(() -> running("d7") == 3, "d7 has another");
    awaitRest();
    assertThat(gyre.lookCount() - before).as("looks for one change").isLessThan(15);

    // A report of everything: each is looked at, but nothing is written that is known.
    gyre.report();
    gyre.await(() -> gyre.lookCount() - before >= count, "the report is taken");
    awaitRest();
    assertThat(gyre.rows("d1").getFirst().updatedAt().toString()).isEqualTo(marked);
    // The one message that was lost: only the row says so.
    gyre.wantInSilence("d3", gyre.spec("a"), 1);
    gyre.await(() -> gyre.rows("d3").size() == 1, "the next full pass sees it");
  }

  /** No look for the time of a full pass and more. */
  private void awaitRest() {
    long[] seen = {gyre.lookCount(), gyre.passCount()};
    gyre.await(
        () -> {
          if (gyre.lookCount() != seen[0]) {
            seen[0] = gyre.lookCount();
            seen[1] = gyre.passCount();
          }
          return gyre.passCount() >= seen[1] + 2;
        },
        "nothing is looked at");
  }

  private void awaitPasses(int more) {
    long target = gyre.passCount() + more;
    gyre.await(() -> gyre.passCount() >= target, "full passes");
  }

  private Set<Long> pids() {
    return gyre.rows().stream().map(InstanceRecord::pid).collect(Collectors.toSet());
  }
}
