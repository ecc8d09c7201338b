package io.gyre.reconciler.autoscale;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.Autoscale;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RecommendationTest {
  static Autoscale policy(@Nullable Integer cpu, @Nullable Integer memory) {
    return new Autoscale(
        1, 20, cpu, memory, Autoscale.COOLDOWN_UP, Autoscale.COOLDOWN_DOWN, 10, null);
  }

  private static List<Load> cpu(int count, double each) {
    return Collections.nCopies(count, new Load(each, null));
  }

  private static Recommendation of(Autoscale policy, int current, List<Load> ready) {
    return Recommendation.of(policy, current, ready, "");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0.70, 1", // just right
    "1, 0.77, 1", // within the tolerance
    "1, 0.78, 2",
    "2, 1.82, 6",
    "3, 0.63, 3", // within the tolerance
    "3, 0.46, 2",
    "4, 0.35, 2",
    "4, 0.36, 3",
    "5, 0.00, 1",
    "8, 9.00, 20", // the bound
    "10, 0.70000000001, 10"
  })
  void asManyAsWouldEachUseTheAim(int current, double load, int wanted) {
    assertThat(of(policy(70, null), current, cpu(current, load)).replicas()).isEqualTo(wanted);
  }

  @Test
  void ofWhatIsNotReadyTheLeastIsAssumedOnTheWayUpAndTheAimOnTheWayDown() {
    // 2 of 6 are ready and busy: 3.6 in all are 86% of the aim of 6, so no more are needed.
    assertThat(of(policy(70, null), 6, cpu(2, 1.8)).replicas()).isEqualTo(6);
    assertThat(of(policy(70, null), 3, cpu(2, 1.8)).replicas()).isEqualTo(6);
    // 2 of 4 are ready and idle: the other two may be busy.
    assertThat(of(policy(70, null), 4, cpu(2, 0)).replicas()).isEqualTo(2);
    assertThat(of(policy(70, null), 4, cpu(3, 0.5)).replicas()).isEqualTo(4);
  }

  @Test
  void thoseThatAreOnTheirWayOutChangeNothingAboutTheSum() {
    assertThat(of(policy(70, null), 4, cpu(5, 0.56)).replicas()).isEqualTo(4);
    assertThat(of(policy(70, null), 4, cpu(5, 0.9)).replicas()).isEqualTo(7);
  }

  @Test
  void theResourceThatNeedsMoreCounts() {
    List<Load> loads = Collections.nCopies(2, new Load(0.1, 1.6));
    Recommendation right = of(policy(70, 80), 2, loads);
    assertThat(right.replicas()).isEqualTo(4);
    assertThat(right.text()).isEqualTo("memory 160% of 80%");
    assertThat(right.cpuPercent()).isEqualTo(10);
    assertThat(right.memoryPercent()).isEqualTo(160);
  }

  @Test
  void whatIsNotKnownNeverLeadsToFewer() {
    List<Load> loads = Collections.nCopies(4, new Load(0.1, null));
    assertThat(of(policy(70, 80), 4, loads).replicas()).isEqualTo(4);
    assertThat(of(policy(70, null), 4, List.of()).replicas()).isNull();
    assertThat(of(policy(null, 80), 4, loads).replicas()).isNull();
    assertThat(of(policy(70, 80), 4, Collections.nCopies(4, new Load(2.0, null))).replicas())
        .isEqualTo(12);
  }
}
