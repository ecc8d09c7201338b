package io.gyre.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DemandTest {
  private static final long GI = 1L << 30;

  @Test
  void aRequestCountsElseTheLimit() {
    assertThat(Demand.of(new Resources(500L, 2 * GI, null, GI))).isEqualTo(new Demand(GI, 500));
    assertThat(Demand.of(new Resources(500L, 2 * GI, 250L, null)))
        .isEqualTo(new Demand(2 * GI, 250));
    assertThat(Demand.of(Resources.NONE).isNone()).isTrue();
  }

  @Test
  void unlimitedStaysSo() {
    assertThat(Demand.UNLIMITED.plus(new Demand(1, 1))).isEqualTo(Demand.UNLIMITED);
    assertThat(Demand.UNLIMITED.without(new Demand(1, 1))).isEqualTo(Demand.UNLIMITED);
    assertThat(Demand.UNLIMITED.times(4)).isEqualTo(Demand.UNLIMITED);
    assertThat(new Demand(1, 1).without(new Demand(2, 0))).isEqualTo(new Demand(0, 1));
  }

  @Test
  void whatIsNotAskedForFitsAlways() {
    assertThat(new Demand(0, 0).fits(Demand.NONE, 7)).isEqualTo(7);
    assertThat(new Demand(GI, 1000).fits(new Demand(GI / 2, 0), 7)).isEqualTo(2);
    assertThat(new Demand(GI, 1000).fits(new Demand(GI / 2, 800), 7)).isEqualTo(1);
  }

  @Test
  void amountsAreShortAndNeverRoundedUp() {
    assertThat(Amounts.memory(0)).isEqualTo("0");
    assertThat(Amounts.memory(1023)).isEqualTo("1023");
    assertThat(Amounts.memory(512L << 20)).isEqualTo("512Mi");
    assertThat(Amounts.memory(2 * GI - 1)).isEqualTo("1.9Gi");
    assertThat(Amounts.memory(3 * GI + GI / 8)).isEqualTo("3.1Gi");
    assertThat(Amounts.memory(Long.MAX_VALUE)).isEqualTo("8Ei");
    assertThat(Amounts.cpu(2000)).isEqualTo("2");
    assertThat(Amounts.cpu(1500)).isEqualTo("1.5");
    assertThat(Amounts.cpu(250)).isEqualTo("250m");
  }
}
