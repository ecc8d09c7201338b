package io.gyre.runtime.host.instance;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.DeploymentKey;
import io.gyre.runtime.host.Await;
import io.gyre.runtime.host.restart.Timers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pulls last until the latch opens; time passes only when the test says so. */
@Timeout(30)
final class TurnsTest {
  private final HandTurned time = new HandTurned();
  private final Turns turns = new Turns(time);
  private final CountDownLatch pulled = new CountDownLatch(1);
  private final AtomicInteger pulling = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();

  /** Timers that go off when told. */
  private static final class HandTurned implements Timers {
    private final Set<Runnable> waiting = new LinkedHashSet<>();

    @Override
    public synchronized Timer after(Duration delay, Runnable task) {
      assertThat(delay).isEqualTo(Turns.SLOW);
      waiting.add(task);
      return () -> cancel(task);
    }

    private synchronized void cancel(Runnable task) {
      waiting.remove(task);
    }

    synchronized int waiting() {
      return waiting.size();
    }

    void pass() {
      List<Runnable> due;
      synchronized (this) {
        due = new ArrayList<>(waiting);
        waiting.clear();
      }
      due.forEach(Runnable::run);
    }
  }

  @AfterEach
  void end() {
    pulled.countDown();
  }

  private void start(String deployment, Runnable work) {
    Mailbox.Task task = new Mailbox.Task(Mailbox.Kind.START, 1, _ -> {});
    Thread.startVirtualThread(
        () ->
            turns.start(
                task,
                "docker",
                new DeploymentKey("default", deployment),
                () -> {
                  work.run();
                  done.incrementAndGet();
                  return true;
                }));
  }

  private void pull() {
    pulling.incrementAndGet();
    try {
      pulled.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void awaitPulling(int count) {
    Await.until(() -> pulling.get() == count, () -> pulling + " pulls");
  }

  @Test
  void aDeploymentThatPullsForLongDelaysNoOther() {
    for (int i = 0; i < 100; i++) {
      start("slow", this::pull);
    }
    awaitPulling(Turns.STARTS_PER_DEPLOYMENT);
    for (int i = 0; i < 50; i++) {
      start("other-" + i, () -> {});
    }
    Await.until(() -> done.get() == 50, () -> done + " started");
    assertThat(pulling.get()).isEqualTo(Turns.STARTS_PER_DEPLOYMENT);
    pulled.countDown();
    Await.until(() -> done.get() == 150, () -> done + " started");
  }

  @Test
  void manyDeploymentsThatPullLendTheirTurns() {
    for (int i = 0; i < 40; i++) {
      start("slow-" + i, this::pull);
    }
    awaitPulling(Turns.STARTS_PER_RUNTIME);
    start("quick", () -> {});
    time.pass();
    awaitPulling(2 * Turns.STARTS_PER_RUNTIME);
    time.pass();
    awaitPulling(40);
    time.pass();
    Await.until(() -> done.get() == 1, () -> "the quick one");
  }

  @Test
  void noMoreThanSoManyAreSlowAtATimeAndAllTurnsComeBack() {
    for (int i = 0; i < 400; i++) {
      start("slow-" + i, this::pull);
    }
    // Each start takes a turn of its runtime and one of all commands, and lends both.
    int most = Turns.SLOW_AT_MOST / 2 + Turns.STARTS_PER_RUNTIME;
    while (pulling.get() < most) {
      int before = pulling.get();
      time.pass();
      Await.until(() -> pulling.get() > before || pulling.get() >= most, () -> pulling + " pulls");
    }
    time.pass();
    pulled.countDown();
    Await.until(() -> done.get() == 400, () -> done + " started");
    assertThat(time.waiting()).isZero();
    pulling.set(0);
    for (int i = 0; i < 20; i++) {
      start("next-" + i, this::pull);
    }
    Await.until(() -> done.get() == 420, () -> done + " started");
  }
}
