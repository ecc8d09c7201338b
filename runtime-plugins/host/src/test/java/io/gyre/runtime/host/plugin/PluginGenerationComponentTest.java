package io.gyre.runtime.host.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.component.GyreConfig;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.runtime.host.Await;
import io.gyre.runtime.host.FakeJar;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One generation, with a real jar. */
final class PluginGenerationComponentTest {
  private static final Duration LONG = Duration.ofSeconds(10);

  @TempDir Path directory;

  private PluginGeneration open(String version) throws IOException, PluginRejected {
    Path jar = new FakeJar("fake", version).writeTo(directory.resolve("fake.jar"));
    PluginTrust trust =
        PluginTrust.of(new GyreConfig.Runtimes(Map.of(), false, List.of()), directory);
    Path copies = Files.createDirectories(directory.resolve("copies"));
    PluginGeneration generation =
        PluginGeneration.load(
            new PluginIntake(copies, () -> trust).shipped(jar), SwapLimits.DEFAULT);
    generation.open(
        Files.createDirectories(directory.resolve("state")), Map.of(), "host", PluginSupport.NONE);
    return generation;
  }

  @Test
  void unloadsItsClasses() throws Exception {
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      loaders.add(loadUseAndRetire("1." + i));
    }
    Await.until(
        () -> {
          System.gc();
          return loaders.stream().allMatch(loader -> loader.get() == null);
        },
        () -> loaders.stream().filter(l -> l.get() != null).count() + " class loaders are kept");
  }

  private WeakReference<ClassLoader> loadUseAndRetire(String version) throws Exception {
    PluginGeneration generation = open(version);
    WeakReference<ClassLoader> loader =
        new WeakReference<>(
            generation.call("x", LONG, runtime -> runtime.getClass().getClassLoader()));
    assertThat(generation.<Integer>call("list", LONG, runtime -> runtime.list().size())).isZero();
    assertThatThrownBy(
            () ->
                generation.call(
                    "fail",
                    LONG,
                    runtime -> {
                      throw new RuntimeFailure(
                          RuntimeFailure.Kind.EXHAUSTED, "full", "it is full", "empty it");
                    }))
        .isInstanceOfSatisfying(
            GyreException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ErrorKind.EXHAUSTED);
              assertThat(e.hint()).isEqualTo("empty it");
            });
    generation.retire(LONG);
    return loader;
  }

  @Test
  void showsThePluginItsOwnClassesOnly() throws Exception {
    PluginGeneration generation = open("1");
    try {
      ClassLoader loader =
          generation.call(
              "loader", LONG, runtime -> Thread.currentThread().getContextClassLoader());
      assertThat(loader.loadClass("java.sql.Connection")).isNotNull();
      assertThat(loader.loadClass("org.slf4j.Logger")).isSameAs(org.slf4j.Logger.class);
      assertThatThrownBy(() -> loader.loadClass("io.gyre.model.InstanceId"))
          .isInstanceOf(ClassNotFoundException.class);
      assertThatThrownBy(() -> loader.loadClass("ch.qos.logback.classic.Logger"))
          .isInstanceOf(ClassNotFoundException.class);
      assertThat(loader.getResource("logback-test.xml")).isNull();
    } finally {
      generation.retire(Duration.ZERO);
    }
  }

  @Test
  void endsCallsAtTheirDeadlineAndWaitsForThemBeforeUnloading() throws Exception {
    PluginGeneration generation = open("1");
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    assertThatThrownBy(
            () ->
                generation.call(
                    "hang",
                    Duration.ofMillis(50),
                    runtime -> {
                      try {
                        new CountDownLatch(1).await();
                      } catch (InterruptedException e) {
                        interrupted.countDown();
                      }
                      release.await();
                      return true;
                    }))
        .isInstanceOfSatisfying(
            GyreException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.TIMEOUT));
    assertThat(interrupted.await(5, TimeUnit.SECONDS)).isTrue();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Thread retiring =
        Thread.startVirtualThread(
            () -> {
              try {
                generation.retire(LONG);
              } catch (InterruptedException e) {
                failure.set(e);
              }
            });
    assertThat(retiring.join(Duration.ofMillis(100))).isFalse();
    release.countDown();
    assertThat(retiring.join(LONG)).isTrue();
    assertThat(failure.get()).isNull();
    assertThatThrownBy(() -> generation.call("late", LONG, runtime -> true))
        .isInstanceOfSatisfying(
            GyreException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE));
  }
}
