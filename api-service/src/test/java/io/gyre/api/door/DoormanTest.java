package io.gyre.api.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DoormanTest {
  private static boolean knows(String host) {
    return Doorman.knows(host, List.of("Ops.example.com"), Set.of("box"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "localhost",
        "localhost.",
        "x.localhost",
        "127.0.0.1",
        "192.168.1.7",
        "[::1]",
        "[fe80::1]",
        "box",
        "ops.example.com",
      })
  void addressesAndKnownNamesAreServed(String host) {
    assertThat(knows(host)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "1.2.3.4.5",
        "boxx",
        "box.evil.example",
        "example.com",
        "0x7f000001",
      })
  void otherNamesAreNot(String host) {
    assertThat(knows(host)).isFalse();
  }

  private static boolean foreign(
      @Nullable String origin, @Nullable String site, @Nullable String mode) {
    return Doorman.foreignOrigin(
            origin, site, mode, "http://127.0.0.1:7070", List.of("https://ops.example.com"))
        .isPresent();
  }

  @Test
  void onlyPagesOfItsOwnOrOfTheConfigurationMayAsk() {
    assertThat(foreign(null, null, null)).isFalse();
    assertThat(foreign("http://127.0.0.1:7070", "same-origin", "cors")).isFalse();
    assertThat(foreign("https://ops.example.com", "cross-site", "cors")).isFalse();
    assertThat(foreign("https://evil.example", "cross-site", "cors")).isTrue();
    assertThat(foreign("null", null, null)).isTrue();
    assertThat(foreign("http://127.0.0.1:7071", null, null)).isTrue();
    assertThat(foreign("https://127.0.0.1:7070", null, null)).isTrue();
    assertThat(foreign(null, "cross-site", "no-cors")).isTrue();
    assertThat(foreign(null, "cross-site", "navigate")).isFalse();
    assertThat(foreign(null, "none", "navigate")).isFalse();
  }
}
