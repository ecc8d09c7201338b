package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceExec;
import io.gyre.runtime.spi.InstanceLogs;
import io.gyre.runtime.spi.InstanceLogs.LogQuery;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Closing is quick, touches no workload and leaves nothing open. */
interface CloseContract extends ContractFixture {
  @Test
  default void closesAtOnceWithCallsRunning() throws Exception {
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    WorkloadRuntime runtime = fixture().runtime();
    InstanceStatus before = runtime.start(spec);
    Following following = null;
    CompletableFuture<Object> exec = CompletableFuture.completedFuture("none");
    if (fixture().can(Capability.LOGS)) {
      following =
          new Following(
              fixture().ability(InstanceLogs.class), spec.id(), new LogQuery(-1, null, true));
    }
    if (fixture().can(Capability.EXEC)) {
      exec = execInBackground(spec.id());
      Await.until(
          () -> fixture().processes().stream().anyMatch(process -> process.contains("86399")),
          () -> "the exec to run; " + fixture().processes());
    }
    long start = System.nanoTime();
    runtime.close();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
    if (following != null) {
      following.awaitEnd(Duration.ofSeconds(2));
    }
    Object outcome = exec.get(2, TimeUnit.SECONDS);
    if (fixture().can(Capability.EXEC)) {
      assertThat(outcome).isInstanceOf(RuntimeFailure.class);
      assertThat(((RuntimeFailure) outcome).kind()).isEqualTo(RuntimeFailure.Kind.UNAVAILABLE);
    }
    RuntimeFailure afterwards = catchThrowableOfType(RuntimeFailure.class, runtime::list);
    assertThat(afterwards).isNotNull();
    assertThat(afterwards.kind()).isEqualTo(RuntimeFailure.Kind.UNAVAILABLE);
    runtime.close();
    fixture().reopen();
    assertThat(fixture().status(spec.id()).pid()).isEqualTo(before.pid());
  }

  /** Completes with the exit code or the exception. */
  private CompletableFuture<Object> execInBackground(String id) throws RuntimeFailure {
    InstanceExec exec = fixture().ability(InstanceExec.class);
    CompletableFuture<Object> outcome = new CompletableFuture<>();
    Thread.ofPlatform()
        .name("exec-" + id)
        .daemon()
        .start(
            () -> {
              try {
                outcome.complete(
                    exec.exec(
                        id,
                        List.of("sleep", "86399"),
                        InputStream.nullInputStream(),
                        new ByteArrayOutputStream(),
                        new ByteArrayOutputStream()));
              } catch (Exception e) {
                outcome.complete(e);
              }
            });
    return outcome;
  }

  @Test
  default void leaksNothing() throws Exception {
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(spec);
    for (int i = 0; i < 5; i++) {
      fixture().reopen();
    }
    fixture().closeGeneration();
    long filesBefore = openFiles();
    int threadsBefore = Thread.activeCount();
    for (int i = 0; i < 20; i++) {
      fixture().reopen();
      assertThat(fixture().runtime().list()).hasSize(1);
      fixture().closeGeneration();
    }
    Await.until(
        () -> openFiles() <= filesBefore + 3,
        () -> "open files back at " + filesBefore + "; " + openFileNames());
    Await.until(
        () -> Thread.activeCount() <= threadsBefore + 3,
        () -> "threads back at " + threadsBefore + "; " + Thread.getAllStackTraces().keySet());
  }

  private static long openFiles() throws Exception {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.count();
    }
  }

  private static List<String> openFileNames() {
    try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
      return files.map(CloseContract::target).toList();
    } catch (IOException e) {
      return List.of(e.toString());
    }
  }

  private static String target(Path descriptor) {
    try {
      return descriptor.getFileName() + "=" + Files.readSymbolicLink(descriptor);
    } catch (IOException e) {
      return descriptor.toString();
    }
  }
}
