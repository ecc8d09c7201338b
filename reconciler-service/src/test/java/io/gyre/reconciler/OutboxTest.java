package io.gyre.reconciler;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.InstanceId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OutboxTest {
  private static final DeploymentKey WEB = new DeploymentKey("default", "web");

  private final List<Batch.Outgoing> sent = new ArrayList<>();
  private int room = Integer.MAX_VALUE;
  private int tries;
  private final Outbox outbox =
      new Outbox(
          message -> {
            if (sent.size() >= room) {
              return false;
            }
            return sent.add(message);
          },
          () -> tries++);

  private static Batch.Outgoing remove(String instance) {
    return new Batch.Outgoing(new Message.RemoveInstance(new InstanceId(instance), WEB, 1), "c");
  }

  @Test
  void whatTheBusHasNoRoomForGoesOutLaterInOrder() {
    room = 1;
    outbox.send(List.of(remove("web-a"), remove("web-b")));
    outbox.send(List.of(remove("web-c")));
    assertThat(sent).containsExactly(remove("web-a"));
    assertThat(outbox.empty()).isFalse();
    assertThat(tries).isEqualTo(2);
    room = Integer.MAX_VALUE;
    outbox.send(List.of());
    assertThat(sent).containsExactly(remove("web-a"), remove("web-b"), remove("web-c"));
    assertThat(outbox.empty()).isTrue();
    assertThat(tries).isEqualTo(2);
  }

  @Test
  void whatWaitsAlreadyIsNotSentTwice() {
    room = 0;
    outbox.send(List.of(remove("web-a")));
    outbox.send(List.of(remove("web-a")));
    room = Integer.MAX_VALUE;
    outbox.send(List.of());
    assertThat(sent).containsExactly(remove("web-a"));
  }
}
