package io.gyre.runtime.host.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.host.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PluginExecutorTest {
  private final ClassLoader loader = new ClassLoader(null) {};
  private final PluginExecutor executor =
      new PluginExecutor(PluginCalls.factory("plugin-test", loader));

  @AfterEach
  void stop() {
    executor.shutdownNow();
  }

  @Test
  void blockingTasksDelayNoOthers() throws Exception {
    CountDownLatch all = new CountDownLatch(20);
    CountDownLatch gate = new CountDownLatch(1);
    List<ScheduledFuture<Integer>> blocked = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      blocked.add(
          executor.schedule(
              () -> {
                all.countDown();
                gate.await();
                return 1;
              },
              1,
              TimeUnit.MILLISECONDS));
    }
    assertThat(all.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(executor.schedule(() -> 5, 1, TimeUnit.MILLISECONDS).get()).isEqualTo(5);
    assertThat(executor.submit(() -> Thread.currentThread().getContextClassLoader()).get())
        .isSameAs(loader);
    gate.countDown();
    for (ScheduledFuture<Integer> each : blocked) {
      assertThat(each.get()).isEqualTo(1);
    }
  }

  @Test
  void repeatsUntilCancelled() {
    AtomicInteger count = new AtomicInteger();
    ScheduledFuture<?> task =
        executor.scheduleWithFixedDelay(count::incrementAndGet, 0, 1, TimeUnit.MILLISECONDS);
    ScheduledFuture<?> rate =
        executor.scheduleAtFixedRate(count::incrementAndGet, 0, 1, TimeUnit.MILLISECONDS);
    Await.until(() -> count.get() > 20, () -> "20 runs");
    task.cancel(false);
    rate.cancel(false);
    assertThat(task.isDone() && rate.isCancelled()).isTrue();
  }

  @Test
  void aFailureEndsARepetition() {
    AtomicInteger count = new AtomicInteger();
    ScheduledFuture<?> task =
        executor.scheduleWithFixedDelay(
            () -> {
              count.incrementAndGet();
              throw new IllegalStateException("once");
            },
            0,
            1,
            TimeUnit.MILLISECONDS);
    Await.until(task::isDone, () -> "done");
    assertThat(count).hasValue(1);
  }
}
