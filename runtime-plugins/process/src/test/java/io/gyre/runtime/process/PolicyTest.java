package io.gyre.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.runtime.spi.RestartPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class PolicyTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void comesBackAsWritten(RestartPolicy.Mode mode) throws IOException {
    RestartPolicy given =
        new RestartPolicy(
            mode, Duration.ofMillis(250), Duration.ofSeconds(7), 0.25, Duration.ofSeconds(3));
    Policy policy = Policy.of(given, 10, 1500);
    Path file = directory.resolve("policy");
    for (Policy each : new Policy[] {policy, policy.stopped()}) {
      Files.writeString(file, each.text());
      assertThat(Policy.read(file)).isEqualTo(each);
    }
    assertThat(policy.jitterPermille()).isEqualTo(250);
  }

  @Test
  void refusesATornFile() throws IOException {
    Path file = directory.resolve("policy");
    Files.writeString(file, "wanted=run mode=alw");
    assertThatThrownBy(() -> Policy.read(file)).isInstanceOf(IOException.class);
  }

  @Test
  void saysWhatIsStartedAgain() {
    assertThat(of(RestartPolicy.Mode.ALWAYS).restarts(0)).isTrue();
    assertThat(of(RestartPolicy.Mode.ON_FAILURE).restarts(0)).isFalse();
    assertThat(of(RestartPolicy.Mode.ON_FAILURE).restarts(-1)).isTrue();
    assertThat(of(RestartPolicy.Mode.NEVER).restarts(1)).isFalse();
    assertThat(of(RestartPolicy.Mode.ALWAYS).stopped().restarts(1)).isFalse();
  }

  private static Policy of(RestartPolicy.Mode mode) {
    Duration second = Duration.ofSeconds(1);
    return Policy.of(new RestartPolicy(mode, second, second, 0, second), 15, 1000);
  }
}
