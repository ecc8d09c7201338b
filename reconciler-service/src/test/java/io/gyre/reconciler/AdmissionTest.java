package io.gyre.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;
import io.gyre.model.Shortage;
import io.gyre.reconciler.plan.Room;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class AdmissionTest {
  private static final long GI = 1L << 30;
  private static final DeploymentKey A = key("a");
  private static final DeploymentKey B = key("b");
  private static final DeploymentKey C = key("c");

  private Demand capacity = new Demand(4 * GI, 4000);
  private final List<DeploymentKey> woken = new ArrayList<>();
  private final Admission admission = new Admission(() -> capacity, woken::add);

  private static DeploymentKey key(String name) {
    return new DeploymentKey("default", name);
  }

  private static Demand memory(long gi) {
    return new Demand(gi * GI, 0);
  }

  @Test
  void givesAsMuchAsFits() {
    assertThat(admission.take(A, memory(1), 3)).isEqualTo(new Room(3, null));
    Room room = admission.take(B, memory(1), 3);
    assertThat(room.instances()).isEqualTo(1);
    assertThat(room.shortage())
        .isEqualTo(
            new Shortage("insufficient_memory", "waits for memory: needs 1Gi, 0 of 4Gi are free"));
  }

  @Test
  void cpuIsCountedToo() {
    assertThat(admission.take(A, new Demand(0, 3500), 1).shortage()).isNull();
    assertThat(admission.take(B, new Demand(GI, 1500), 1).shortage())
        .isEqualTo(new Shortage("insufficient_cpu", "waits for CPU: needs 1.5, 0.5 of 4 are free"));
  }

  @Test
  void whatWasHeldBeforeTheStartCounts() {
    admission.begin(Map.of(A, memory(3)));
    assertThat(admission.take(B, memory(2), 1).instances()).isZero();
    assertThat(admission.take(B, memory(1), 1).instances()).isEqualTo(1);
  }

  @Test
  void whoWaitsIsWokenOnceItFitsAndOnlyAsManyAsFit() {
    admission.take(A, memory(4), 1);
    admission.take(B, memory(3), 1);
    admission.take(C, memory(2), 1);
    admission.holds(A, memory(2));
    assertThat(woken).as("the first is too large, the next fits").containsExactly(C);
    admission.holds(A, memory(2));
    admission.holds(A, Demand.NONE);
    assertThat(woken).containsExactly(C, B);
  }

  @Test
  void whatWasTakenInVainIsGivenBack() {
    admission.take(A, memory(4), 1);
    admission.take(B, memory(1), 1);
    admission.holds(A, Demand.NONE);
    assertThat(woken).containsExactly(B);
    assertThat(admission.take(B, memory(4), 1).instances()).isEqualTo(1);
  }

  @Test
  void aSmallerHostTakesNothingAwayAndALargerOneWakes() {
    admission.take(A, memory(4), 1);
    capacity = new Demand(GI, 4000);
    admission.capacityChanged();
    assertThat(admission.take(B, memory(1), 1).instances()).isZero();
    capacity = Demand.UNLIMITED;
    admission.capacityChanged();
    assertThat(woken).containsExactly(B);
    assertThat(admission.take(B, memory(1), 1).shortage()).isNull();
  }

  @Test
  void whoDoesNotWaitAnyMoreIsLeftAlone() {
    admission.take(A, memory(4), 1);
    admission.take(B, memory(1), 1);
    admission.waitsNoMore(B);
    admission.holds(A, Demand.NONE);
    assertThat(woken).isEmpty();
  }
}
