package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.State;
import io.gyre.runtime.spi.RuntimeEvent.Changed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How soon the end of a main process is known; the numbers are in the log. */
final class CrashLatencyTest {
  private static final Logger LOG = LoggerFactory.getLogger(CrashLatencyTest.class);
  private static final int ROUNDS = 11;
  private static final double LIMIT_MS = 150;

  @TempDir Path directory;

  @Test
  void anEndIsReportedAtOnce() throws Exception {
    try (DockerFixture docker = DockerFixture.local(directory)) {
      InstanceSpec spec = docker.kit.spec(docker.kit.workloads().longRunning()).build();
      BlockingQueue<Long> ends = new LinkedBlockingQueue<>();
      docker
          .runtime()
          .subscribe(
              event -> {
                if (event instanceof Changed(InstanceStatus status)
                    && status.state() == State.EXITED) {
                  ends.add(System.nanoTime());
                }
              });
      List<Double> reported = new ArrayList<>();
      List<Double> restarted = new ArrayList<>();
      InstanceStatus status = docker.runtime().start(spec);
      for (int i = 0; i < ROUNDS; i++) {
        ends.clear();
        long killed = System.nanoTime();
        DockerFixture.kill(status);
        Long end = ends.poll(20, TimeUnit.SECONDS);
        assertThat(end).isNotNull();
        long before = System.nanoTime();
        status = docker.runtime().start(spec);
        restarted.add((System.nanoTime() - before) / 1e6);
        reported.add((end - killed) / 1e6);
      }
      LOG.info("SIGKILL to callback, ms: {}", summary(reported));
      LOG.info("start of an exited container, ms: {}", summary(restarted));
      assertThat(median(reported)).isLessThan(LIMIT_MS);
    }
  }

  @Test
  void makingOneIsAsFastAsTheCommandLine() throws Exception {
    try (DockerFixture docker = DockerFixture.local(directory)) {
      docker.runtime().start(docker.kit.spec(docker.kit.workloads().longRunning()).build());
      String network = "gyre_testing";
      List<Double> ours = new ArrayList<>();
      List<Double> theirs = new ArrayList<>();
      for (int i = 0; i < ROUNDS; i++) {
        InstanceSpec spec =
            docker
                .kit
                .spec(docker.kit.workloads().longRunning())
                .stop("SIGKILL", Duration.ofSeconds(1))
                .build();
        long before = System.nanoTime();
        docker.runtime().start(spec);
        ours.add((System.nanoTime() - before) / 1e6);
        docker.runtime().remove(spec.id());
        before = System.nanoTime();
        String id =
            docker.engine.docker(
                "run", "-d", "--network", network, TestEngine.IMAGE, "sleep", "86397");
        theirs.add((System.nanoTime() - before) / 1e6);
        docker.engine.docker("rm", "-f", id);
      }
      LOG.info("create and start, ms: {}", summary(ours));
      LOG.info("docker run -d, ms: {}", summary(theirs));
      assertThat(median(ours)).isLessThan(1.5 * median(theirs));
    }
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
  }

  private static String summary(List<Double> values) {
    return String.format(
        Locale.ROOT,
        "median %.1f, min %.1f, max %.1f, n %d",
        median(values),
        values.stream().mapToDouble(v -> v).min().orElseThrow(),
        values.stream().mapToDouble(v -> v).max().orElseThrow(),
        values.size());
  }
}
