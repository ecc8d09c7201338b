package io.gyre.runtime.host.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import io.gyre.messages.MessageCodec;
import io.gyre.model.Component;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.ObservedState;
import io.gyre.runtime.host.Await;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ReporterTest {
  private static final InstanceId A = new InstanceId("web-a");
  private static final InstanceId B = new InstanceId("web-b");
  private static final Envelope ENVELOPE =
      new Envelope("m-1", "c-1", Component.RUNTIME, 1, "", Instant.EPOCH);
  private static final Cause CAUSE = new Cause("c-1", "");

  private final List<Message> sent = new CopyOnWriteArrayList<>();
  private final AtomicInteger caughtUp = new AtomicInteger();
  private final CountDownLatch gate = new CountDownLatch(1);
  private final Reporter reporter = new Reporter(caughtUp::incrementAndGet);
  private final AtomicInteger refused = new AtomicInteger();
  private volatile boolean full;
  private volatile boolean tooLarge;

  @AfterEach
  void stop() {
    gate.countDown();
    reporter.close();
  }

  private void begin(boolean blocked) {
    reporter.begin(
        (message, cause) -> {
          if (blocked) {
            try {
              gate.await();
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          }
          if (tooLarge && message instanceof Message.PluginsReported) {
            throw new GyreException(ErrorKind.TOO_LARGE, "message.too_large", "too large", null);
          }
          if (full) {
            refused.incrementAndGet();
            throw new GyreException(ErrorKind.EXHAUSTED, "bus.disk_full", "full", null);
          }
          sent.add(message);
        });
  }

  private static InstanceObservation seen(InstanceId id, long restarts) {
    return new InstanceObservation(
        id,
        new DeploymentKey("default", "web"),
        1,
        "fake",
        ObservedState.RUNNING,
        null,
        null,
        null,
        List.of(),
        null,
        restarts,
        false,
        null,
        null,
        null);
  }

  private static Message observed(InstanceId id, long restarts) {
    return new Message.InstanceObserved(seen(id, restarts));
  }

  private void awaitSent(Message... messages) {
    Await.until(() -> sent.size() >= messages.length, () -> "sent " + sent);
    assertThat(sent).containsExactly(messages);
  }

  @Test
  void mergesWhatWaitsButNotOverOtherFacts() {
    begin(true);
    Message first = new Message.HostStarted();
    reporter.fact(first, CAUSE);
    reporter.observed(seen(A, 1), CAUSE);
    reporter.observed(seen(B, 1), CAUSE);
    reporter.observed(seen(A, 2), CAUSE);
    Message done = new Message.CommandDone(A, 0);
    reporter.fact(A, done, CAUSE);
    reporter.observed(seen(A, 3), CAUSE);
    gate.countDown();
    awaitSent(first, observed(A, 2), observed(B, 1), done, observed(A, 3));
  }

  @Test
  void saysTheSameOnceUnlessAskedToRepeat() {
    begin(false);
    reporter.observed(seen(A, 1), CAUSE);
    reporter.observed(seen(A, 1), CAUSE);
    reporter.repeat(A);
    reporter.observed(seen(A, 1), CAUSE);
    Message gone = new Message.InstanceGone(A);
    reporter.fact(A, gone, CAUSE);
    Await.until(() -> sent.contains(gone), () -> "sent " + sent);
    assertThat(sent).last().isEqualTo(gone);
    assertThat(sent.size()).isBetween(2, 3);
  }

  @Test
  void whoTellsLaterNeverTellsAnOlderStatus() {
    begin(false);
    AtomicReference<InstanceObservation> known = new AtomicReference<>(seen(A, 1));
    Supplier<InstanceObservation> toldByTheSlow = known::get;
    known.set(seen(A, 2));
    reporter.observed(known::get, CAUSE);
    reporter.observed(toldByTheSlow, CAUSE);
    reporter.observed(() -> null, CAUSE);
    Message gone = new Message.InstanceGone(A);
    reporter.fact(A, gone, CAUSE);
    awaitSent(observed(A, 2), gone);
  }

  @Test
  void aReportSaysAll() {
    begin(false);
    reporter.observed(seen(A, 1), CAUSE);
    reporter.report("fake", () -> List.of(seen(A, 1), seen(B, 1)), CAUSE);
    Message report = new Message.InstancesReported("fake", List.of(A, B));
    awaitSent(observed(A, 1), observed(A, 1), observed(B, 1), report);
  }

  @Test
  void aReportOfManyComesInPartsThatTogetherCoverAllIds() throws Exception {
    begin(false);
    List<InstanceObservation> many = new ArrayList<>();
    for (int i = 0; i < 3500; i++) {
      many.add(seen(new InstanceId("a".repeat(63) + "-" + (100_000 + i * 7919 % 3500)), i));
    }
    reporter.report("fake", () -> many, CAUSE);
    Message last = new Message.HostStarted();
    reporter.fact(last, CAUSE);
    Await.until(() -> sent.contains(last), () -> "sent " + sent.size());
    assertThat(sent.subList(0, 3500))
        .containsExactlyElementsOf(many.stream().map(Message.InstanceObserved::new).toList());
    List<Message.InstancesReportedPart> parts = new ArrayList<>();
    for (Message message : sent.subList(3500, sent.size() - 1)) {
      assertThat(MessageCodec.encode(ENVELOPE, message).length)
          .isLessThan(MessageCodec.MAX_ENCODED / 2);
      parts.add((Message.InstancesReportedPart) message);
    }
    assertThat(parts).hasSize(4);
    for (InstanceObservation one : many) {
      assertThat(parts.stream().filter(part -> part.covers(one.id())))
          .singleElement()
          .satisfies(part -> assertThat(part.instances()).contains(one.id()));
    }
    for (String id : List.of("a-1", "z-9", "a".repeat(63) + "-100001x")) {
      assertThat(parts.stream().filter(part -> part.covers(new InstanceId(id)))).hasSize(1);
    }
  }

  @Test
  void aFactThatIsTooLargeHoldsUpNoOther() {
    tooLarge = true;
    begin(false);
    reporter.fact(new Message.PluginsReported(List.of()), CAUSE);
    Message next = new Message.HostStarted();
    reporter.fact(next, CAUSE);
    awaitSent(next);
  }

  @Test
  void goesOnAfterAFullDiskAndReportsEverything() {
    full = true;
    begin(false);
    for (int i = 0; i < 1000; i++) {
      reporter.observed(seen(A, i), CAUSE);
    }
    Await.until(() -> refused.get() > 0, () -> "refused");
    full = false;
    Await.until(() -> caughtUp.get() == 1, () -> "caught up");
    Await.until(() -> sent.contains(observed(A, 999)), () -> "sent " + sent);
    assertThat(sent.size()).isLessThan(100);
  }

  @Test
  void sendsWhatWaitsWhenClosed() {
    begin(false);
    reporter.fact(new Message.HostStarted(), CAUSE);
    reporter.close();
    assertThat(sent).hasSize(1);
  }
}
