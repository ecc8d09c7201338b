package io.gyre.runtime.host.usage;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.host.restart.Timers;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SamplerTest {
  private final List<Due> due = new ArrayList<>();
  private Duration interval = Duration.ofSeconds(15);
  private final Timers timers =
      (delay, task) -> {
        Due one = new Due(delay, task);
        due.add(one);
        return () -> due.remove(one);
      };
  private final Sampler sampler = new Sampler(timers, List::of, () -> interval, Clock.systemUTC());

  private record Due(Duration delay, Runnable task) {}

  private void run() {
    due.removeFirst().task().run();
  }

  @Test
  void theFirstRoundComesSoonAndTheOthersAfterTheInterval() {
    assertThat(due).isEmpty();
    sampler.begin(message -> {});
    assertThat(due).extracting(Due::delay).containsExactly(Duration.ofSeconds(2));
    run();
    assertThat(due).extracting(Due::delay).containsExactly(Duration.ofSeconds(15));
    interval = Duration.ofMinutes(1);
    run();
    assertThat(due).extracting(Due::delay).containsExactly(Duration.ofMinutes(1));
    interval = Duration.ofSeconds(1);
    sampler.intervalChanged();
    assertThat(due).extracting(Due::delay).containsExactly(Duration.ofSeconds(1));
  }

  @Test
  void zeroMeansNever() {
    interval = Duration.ZERO;
    sampler.begin(message -> {});
    assertThat(due).isEmpty();
    interval = Duration.ofSeconds(15);
    sampler.intervalChanged();
    assertThat(due).hasSize(1);
    interval = Duration.ZERO;
    run();
    assertThat(due).isEmpty();
  }

  @Test
  void nothingIsDueOnceItIsClosed() {
    sampler.begin(message -> {});
    sampler.close();
    assertThat(due).isEmpty();
    sampler.intervalChanged();
    assertThat(due).isEmpty();
  }
}
