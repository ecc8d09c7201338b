package io.gyre.runtime.host.instance;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.host.Await;
import io.gyre.runtime.host.instance.Mailbox.Kind;
import io.gyre.runtime.host.instance.Mailbox.Task;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

final class MailboxTest {
  private final Mailbox mailbox = new Mailbox("test");
  private final List<String> done = new CopyOnWriteArrayList<>();
  private final CountDownLatch gate = new CountDownLatch(1);

  private void post(Kind kind, long order) {
    mailbox.post(new Task(kind, order, task -> done.add(kind + "" + order)));
  }

  /** Keeps the mailbox busy until the gate opens. */
  private void occupy() {
    mailbox.post(
        new Task(
            Kind.START,
            0,
            task -> {
              try {
                gate.await();
              } catch (InterruptedException e) {
                done.add("interrupted");
              }
            }));
  }

  private void open() {
    gate.countDown();
    Await.until(mailbox::idle, () -> "idle");
  }

  @Test
  void keepsTheOrder() {
    occupy();
    post(Kind.START, 1);
    post(Kind.RESTART, 1);
    post(Kind.IN_PLACE, 0);
    open();
    assertThat(done).containsExactly("START1", "RESTART1", "IN_PLACE0");
  }

  @Test
  void theNewestGenerationWins() {
    occupy();
    post(Kind.START, 2);
    post(Kind.START, 3);
    post(Kind.START, 1);
    post(Kind.IN_PLACE, 0);
    post(Kind.IN_PLACE, 0);
    open();
    assertThat(done).containsExactly("START3", "IN_PLACE0");
  }

  @Test
  void aRemovalTakesThePlaceOfAllThatWaits() {
    occupy();
    post(Kind.START, 2);
    post(Kind.RESTART, 2);
    post(Kind.REMOVE, 1);
    post(Kind.REMOVE, 2);
    post(Kind.START, 3);
    post(Kind.IN_PLACE, 0);
    open();
    assertThat(done).containsExactly("REMOVE2");
  }

  @Test
  void aStopTakesThePlaceOfWhatWaitsAndAStartComesAfterIt() {
    occupy();
    post(Kind.START, 2);
    post(Kind.RESTART, 2);
    post(Kind.RESTART_RUN, 2);
    post(Kind.STOP, 1);
    post(Kind.IN_PLACE, 0);
    post(Kind.STOP, 3);
    post(Kind.START, 4);
    open();
    assertThat(done).containsExactly("STOP3", "START4");
  }

  @Test
  void aStopNeverTakesThePlaceOfARemoval() {
    occupy();
    post(Kind.REMOVE, 1);
    post(Kind.STOP, 9);
    open();
    assertThat(done).containsExactly("REMOVE1");
  }

  @Test
  void aRemovalCancelsWhatWaitsForItsTurn() {
    Semaphore turns = new Semaphore(0);
    CountDownLatch begun = new CountDownLatch(1);
    mailbox.post(
        new Task(
            Kind.START,
            1,
            task -> {
              begun.countDown();
              done.add("acquired " + task.acquire(turns));
            }));
    Await.until(() -> begun.getCount() == 0 && turns.hasQueuedThreads(), () -> "waits");

    post(Kind.REMOVE, 1);

    Await.until(mailbox::idle, () -> "idle");
    assertThat(done).containsExactly("acquired false", "REMOVE1");
    turns.release();
    assertThat(turns.availablePermits()).isEqualTo(1);
  }

  @Test
  void aTaskThatRunsIsNotInterrupted() {
    occupy();
    post(Kind.REMOVE, 1);
    open();
    assertThat(done).containsExactly("REMOVE1");
  }
}
