package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.RuntimeFailure;
import org.junit.jupiter.api.Test;

final class LeftBehindTest {
  private static RuntimeFailure failure(String message) {
    return new RuntimeFailure(RuntimeFailure.Kind.CONFLICT, "engine_refused", message, null);
  }

  @Test
  void isToldByWhatTheEngineSays() {
    assertThat(Lifecycle.isLeftBehind(failure("task efbef0c3a82b65810a50: already exists")))
        .isTrue();
    assertThat(
            Lifecycle.isLeftBehind(
                failure("failed to start shim: mkdir /run/x/moby/15cc5234f95a: file exists")))
        .isTrue();
    assertThat(Lifecycle.isLeftBehind(failure("port is already allocated"))).isFalse();
    assertThat(Lifecycle.isLeftBehind(failure("network web already exists"))).isFalse();
  }
}
