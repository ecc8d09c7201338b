package io.gyre.runtime.host.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceObservation;
import io.gyre.model.ObservedState;
import io.gyre.runtime.host.Await;
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
  private static final Cause CAUSE = new Cause("c-1", "");

  private final List<Message> sent = new CopyOnWriteArrayList<>();
  private final AtomicInteger caughtUp = new AtomicInteger();
  private final CountDownLatch gate = new CountDownLatch(1);
  private final Reporter reporter = new Reporter(caughtUp::incrementAndGet);
  private final AtomicInteger refused = new AtomicInteger();
  private volatile boolean full;

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
