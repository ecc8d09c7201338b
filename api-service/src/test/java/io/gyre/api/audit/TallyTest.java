package io.gyre.api.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.store.AuditEntry;
import io.gyre.store.AuditKind;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TallyTest {
  private static final Instant START = Instant.parse("2030-01-02T03:04:05Z");
  private final Tally tally = new Tally();
  private Instant now = START;

  private static AuditEntry denied(String actor, String address, String route) {
    return new AuditEntry(
        START,
        AuditKind.DENIED,
        actor,
        address,
        "GET",
        route,
        route,
        null,
        401,
        "auth.invalid",
        1,
        "",
        "c-1");
  }

  private void pass(Duration time) {
    now = now.plus(time);
  }

  @Test
  void theFirstIsWrittenAtOnceAndTheOthersAreCounted() {
    assertThat(tally.add(denied("", "10.0.0.1", "/a"), now)).isPresent();
    for (int i = 0; i < 41; i++) {
      // A stranger can't get more rows by asking for other things.
      assertThat(tally.add(denied("", "10.0.0.1", "/" + i), now)).isEmpty();
    }
    assertThat(tally.due(now.plusSeconds(59))).isEmpty();
    pass(Duration.ofMinutes(1));
    assertThat(tally.due(now))
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.count()).isEqualTo(41);
              assertThat(row.detail()).contains("since 2030-01-02T03:04:05Z");
            });
    assertThat(tally.due(now)).isEmpty();
  }

  @Test
  void whatIsNotAlikeIsNotCountedTogether() {
    assertThat(tally.add(denied("ann", "10.0.0.1", "/a"), now)).isPresent();
    assertThat(tally.add(denied("ann", "10.0.0.1", "/b"), now)).isPresent();
    assertThat(tally.add(denied("ben", "10.0.0.1", "/a"), now)).isPresent();
    assertThat(tally.add(denied("ben", "10.0.0.2", "/a"), now)).isPresent();
    assertThat(tally.add(denied("ben", "10.0.0.2", "/a"), now)).isEmpty();
  }

  @Test
  void strangersOfManyAddressesFillNothing() {
    long rows = 0;
    for (int minute = 0; minute < 6 * 60; minute++) {
      for (int i = 0; i < 100; i++) {
        String address = "10." + minute % 256 + "." + minute / 256 + "." + i;
        rows += tally.add(denied("", address, "/"), now).isPresent() ? 1 : 0;
      }
      pass(Duration.ofMinutes(1));
      rows += tally.due(now).size();
    }
    assertThat(rows).isLessThan(6L * Tally.MOST_STRANGERS * 2);
  }

  @Test
  void oneNetworkOfIpv6CountsAsOne() {
    assertThat(tally.add(denied("", "2001:db8:1:2:3:4:5:6", "/"), now)).isPresent();
    assertThat(tally.add(denied("", "2001:db8:1:2:ffff:4:5:7", "/"), now)).isEmpty();
    assertThat(tally.add(denied("", "2001:db8:1:3:0:0:0:1", "/"), now)).isPresent();
  }

  @Test
  void whoHasATokenIsNotedWhateverStrangersDo() {
    for (int i = 0; i < 1000; i++) {
      tally.add(denied("", "10.0." + i / 250 + "." + i % 250, "/"), now);
    }
    assertThat(tally.add(denied("ann", "10.9.9.9", "/a"), now)).isPresent();
  }

  @Test
  void nothingIsForgottenAtTheEnd() {
    tally.add(denied("ann", "10.0.0.1", "/a"), now);
    tally.add(denied("ann", "10.0.0.1", "/a"), now);
    tally.add(denied("ann", "10.0.0.1", "/a"), now);
    assertThat(tally.rest()).extracting(AuditEntry::count).containsExactly(2L);
    assertThat(tally.rest()).isEmpty();
    assertThat(tally.next()).isEmpty();
  }

  @Test
  void quietKindsAreForgotten() {
    tally.add(denied("ann", "10.0.0.1", "/a"), now);
    for (int i = 0; i < 5; i++) {
      pass(Duration.ofHours(1));
      assertThat(tally.due(now)).isEmpty();
    }
    assertThat(tally.next()).isEmpty();
  }

  @Test
  void commandsAreShownWithoutWhatTheySet() {
    assertThat(Commands.words(List.of("env", "TOKEN=s3cret", "sh", "-c", "echo $HOME")))
        .isEqualTo("env TOKEN=… sh -c 'echo $HOME'");
  }
}
