package io.gyre.runtime.host.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class InventoryTest {
  private final Inventory inventory = new Inventory();

  static InstanceStatus status(String id, State state, int run) {
    return new InstanceStatus(
        id,
        "default",
        "web",
        1,
        "f",
        state,
        null,
        null,
        null,
        List.of(),
        Instant.ofEpochSecond(run),
        0,
        0,
        null,
        null,
        null);
  }

  @Test
  void aListShowsWhatIsNewAndWhatIsGone() {
    inventory.changed(status("a", State.RUNNING, 1));
    inventory.changed(status("b", State.RUNNING, 1));
    long mark = inventory.beginList();
    Inventory.Differences differences =
        inventory.finishList(
            mark, List.of(status("b", State.RUNNING, 1), status("c", State.RUNNING, 1)));
    assertThat(differences.gone()).containsExactly("a");
    assertThat(differences.changed()).extracting(InstanceStatus::id).containsExactly("c");
    assertThat(inventory.all()).extracting(InstanceStatus::id).containsExactlyInAnyOrder("b", "c");
  }

  @Test
  void eventsDuringAListKnowBetter() {
    inventory.changed(status("a", State.RUNNING, 1));
    inventory.changed(status("b", State.RUNNING, 1));
    long mark = inventory.beginList();
    inventory.gone("a");
    inventory.changed(status("b", State.EXITED, 1));
    inventory.changed(status("c", State.RUNNING, 1));
    Inventory.Differences differences =
        inventory.finishList(
            mark, List.of(status("a", State.RUNNING, 1), status("b", State.RUNNING, 1)));
    assertThat(differences.gone()).isEmpty();
    assertThat(differences.changed()).isEmpty();
    assertThat(inventory.find("a")).isEmpty();
    assertThat(inventory.find("b").orElseThrow().state()).isEqualTo(State.EXITED);
    assertThat(inventory.find("c")).isPresent();
  }

  @Test
  void anAnswerDoesNotHideALaterEndOfTheSameRun() {
    long mark = inventory.mark();
    inventory.changed(status("a", State.EXITED, 5));
    assertThat(inventory.answered(mark, status("a", State.RUNNING, 5))).isFalse();
    assertThat(inventory.find("a").orElseThrow().state()).isEqualTo(State.EXITED);
  }

  @Test
  void anAnswerOfANewerRunCounts() {
    long mark = inventory.mark();
    inventory.changed(status("a", State.EXITED, 5));
    assertThat(inventory.answered(mark, status("a", State.RUNNING, 6))).isTrue();
    assertThat(inventory.find("a").orElseThrow().state()).isEqualTo(State.RUNNING);
  }

  @Test
  void aListThatFailedChangesNothing() {
    inventory.changed(status("a", State.RUNNING, 1));
    inventory.beginList();
    inventory.gone("a");
    inventory.abandonList();
    assertThat(inventory.all()).isEmpty();
  }
}
