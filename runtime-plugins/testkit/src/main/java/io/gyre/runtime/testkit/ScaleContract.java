package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Calls from many threads at once. */
interface ScaleContract extends ContractFixture {
  @Test
  default void startsAndStopsTwentyAtOnce() throws Exception {
    WorkloadRuntime runtime = fixture().runtime();
    List<InstanceSpec> specs = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      specs.add(fixture().spec(workloads().longRunning()).build());
    }
    List<InstanceStatus> started = atOnce(specs, spec -> runtime.start(spec));
    assertThat(started).allMatch(status -> status.state() == State.RUNNING);
    assertThat(started).extracting(InstanceStatus::pid).doesNotHaveDuplicates();
    assertThat(runtime.list()).containsExactlyInAnyOrderElementsOf(started);
    atOnce(specs, spec -> runtime.stop(spec.id()));
    assertThat(fixture().processes()).isEmpty();
    atOnce(
        specs,
        spec -> {
          runtime.remove(spec.id());
          return true;
        });
    assertThat(runtime.list()).isEmpty();
  }

  /** One call for an instance. */
  interface Call<T> {
    T on(InstanceSpec spec) throws RuntimeFailure;
  }

  private static <T> List<T> atOnce(List<InstanceSpec> specs, Call<T> call) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(specs.size())) {
      List<Callable<T>> calls = new ArrayList<>();
      specs.forEach(spec -> calls.add(() -> call.on(spec)));
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(calls, 60, TimeUnit.SECONDS)) {
        results.add(result.get());
      }
      return results;
    }
  }
}
