package io.gyre.runtime.host.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.component.GyreConfig;
import io.gyre.component.Home;
import io.gyre.model.PluginChange;
import io.gyre.model.PluginInfo;
import io.gyre.model.RuntimeInfo;
import io.gyre.runtime.host.Await;
import io.gyre.runtime.host.ProcessJar;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.Limits;
import io.gyre.runtime.spi.RestartPolicy;
import io.gyre.runtime.spi.Workload;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real process plugin, replaced again and again under a workload and under calls. */
final class PluginLeakComponentTest {
  private static final Duration CALL = Duration.ofSeconds(30);
  private static final int WARM_UP = 20;
  private static final int SWAPS = 200;

  @TempDir Path directory;
  private final List<String> rejections = new CopyOnWriteArrayList<>();
  private final AtomicInteger swapped = new AtomicInteger();

  /** What of this process must not grow. */
  private record Usage(
      long metaspaceKiB, long classes, long platformThreads, long descriptors, long maps) {
    static Usage now() throws IOException {
      long metaspace =
          ManagementFactory.getMemoryPoolMXBeans().stream()
              .filter(pool -> pool.getName().equals("Metaspace"))
              .mapToLong(pool -> pool.getUsage().getUsed() >> 10)
              .sum();
      try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"));
          Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
        return new Usage(
            metaspace,
            ManagementFactory.getClassLoadingMXBean().getLoadedClassCount(),
            ManagementFactory.getThreadMXBean().getThreadCount(),
            descriptors.count(),
            maps.filter(line -> line.contains("/")).count());
      }
    }
  }

  private final class Listener implements SlotListener {
    @Override
    public void info(RuntimeInfo info) {}

    @Override
    public void plugins(List<PluginInfo> all) {}

    @Override
    public void news(PluginChange change, String message, String correlation) {
      if (change == PluginChange.SWAPPED) {
        swapped.incrementAndGet();
      } else if (change.bad()) {
        rejections.add(message);
      }
    }

    @Override
    public void changed(RuntimeSlot slot, InstanceStatus status) {}

    @Override
    public void gone(RuntimeSlot slot, String id) {
      rejections.add(id + " is gone");
    }

    @Override
    public void listed(RuntimeSlot slot, List<InstanceStatus> all) {}
  }

  private static InstanceSpec sleeper() {
    return new InstanceSpec(
        "sleeper-1",
        "default",
        "sleeper",
        1,
        new Workload.HostProcess(List.of("/bin/sleep", "1000"), null, null),
        Map.of(),
        List.of(),
        List.of(),
        Map.of(),
        Limits.NONE,
        false,
        "KILL",
        Duration.ofSeconds(1),
        RestartPolicy.WORKER,
        "f");
  }

  @Test
  void manySwapsLeaveNothingBehind() throws Exception {
    Home home = new Home(directory.resolve("home"));
    home.create();
    Path shipped = Files.createDirectories(directory.resolve("shipped"));
    ProcessJar.write("1.0", shipped.resolve("process.jar"));
    List<byte[]> versions = List.of(ProcessJar.bytes("2.0"), ProcessJar.bytes("3.0"));
    Path jar = home.plugins().resolve("process.jar");
    GyreConfig.Runtimes config = new GyreConfig.Runtimes(Map.of(), false, List.of());
    try (Runtimes runtimes =
        new Runtimes(
            home, shipped, () -> config, new Listener(), SwapLimits.DEFAULT, Clock.systemUTC())) {
      runtimes.start();
      runtimes.awaitFirstAttempts(CALL);
      RuntimeSlot slot = runtimes.find("process").orElseThrow();
      InstanceStatus started =
          slot.callForStatus("start", CALL, runtime -> runtime.start(sleeper()));
      AtomicBoolean stop = new AtomicBoolean();
      AtomicInteger calls = new AtomicInteger();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread caller = Thread.ofVirtual().start(() -> callOn(slot, stop, calls, failure));
      List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
      Usage warm = Usage.now();
      for (int i = 1; i <= SWAPS; i++) {
        loaders.add(loader(slot));
        int wanted = i;
        ProcessJar.place(versions.get(i % 2), jar);
        Await.until(
            () -> swapped.get() == wanted, () -> "swap " + wanted + ", rejected: " + rejections);
        if (i == WARM_UP) {
          warm = settled(loaders);
        }
      }
      stop.set(true);
      caller.join();
      Usage end = settled(loaders);

      assertThat(failure.get()).isNull();
      assertThat(rejections).isEmpty();
      assertThat(calls).hasValueGreaterThan(SWAPS);
      InstanceStatus status = slot.list().getFirst();
      assertThat(status.pid()).isEqualTo(started.pid());
      assertThat(status.restarts()).isZero();
      System.out.println("after " + WARM_UP + ": " + warm + ", after " + SWAPS + ": " + end);
      assertThat(end.metaspaceKiB()).isLessThan(warm.metaspaceKiB() + 1024);
      assertThat(end.classes()).isLessThan(warm.classes() + 100);
      assertThat(end.platformThreads()).isLessThanOrEqualTo(warm.platformThreads() + 3);
      assertThat(end.descriptors()).isLessThanOrEqualTo(warm.descriptors() + 3);
      assertThat(end.maps()).isLessThanOrEqualTo(warm.maps() + 3);
      slot.call(
          "remove",
          CALL,
          runtime -> {
            runtime.remove("sleeper-1");
            return true;
          });
    }
  }

  private static void callOn(
      RuntimeSlot slot, AtomicBoolean stop, AtomicInteger calls, AtomicReference<Throwable> bad) {
    try {
      while (!stop.get()) {
        assertThat(slot.list()).extracting(InstanceStatus::id).containsExactly("sleeper-1");
        calls.incrementAndGet();
        Thread.sleep(2);
      }
    } catch (Throwable e) {
      bad.set(e);
    }
  }

  private static WeakReference<ClassLoader> loader(RuntimeSlot slot) {
    return new WeakReference<>(
        slot.call("loader", CALL, runtime -> runtime.getClass().getClassLoader()));
  }

  /** All loaders but the newest, which is drained and unloaded a moment later, are gone. */
  private static Usage settled(List<WeakReference<ClassLoader>> loaders) throws IOException {
    Await.until(
        () -> {
          System.gc();
          Thread.sleep(50);
          return loaders.stream().allMatch(loader -> loader.get() == null);
        },
        () ->
            "the class loaders of generations "
                + java.util.stream.IntStream.range(0, loaders.size())
                    .filter(i -> loaders.get(i).get() != null)
                    .boxed()
                    .toList()
                + " are kept");
    return Usage.now();
  }
}
