package io.gyre.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

final class SoakTest {
  @Test
  void theSlopeOfALineIsFoundThroughNoise() {
    assertThat(
            Soak.slope(
                List.of(
                    new double[] {0, 1},
                    new double[] {1, 4},
                    new double[] {2, 4},
                    new double[] {3, 7})))
        .isCloseTo(1.8, Offset.offset(1e-9));
    assertThat(Soak.slope(List.of(new double[] {1, 5}))).isZero();
  }
}
