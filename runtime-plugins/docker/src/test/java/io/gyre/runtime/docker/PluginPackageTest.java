package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.InstanceLogs;
import io.gyre.runtime.spi.InstanceLogs.LogLine;
import io.gyre.runtime.spi.InstanceLogs.LogQuery;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimePlugin;
import io.gyre.runtime.spi.WorkloadRuntime;
import io.gyre.runtime.testkit.Await;
import io.gyre.runtime.testkit.TestRuntimeContext;
import java.io.File;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plugin in a class loader of its own, as the host loads it. */
final class PluginPackageTest {
  private static final int GENERATIONS = 8;

  @TempDir Path directory;

  /** Shows the plugin nothing of the host but what a plugin may use. */
  private static final class HostClasses extends ClassLoader {
    HostClasses() {
      super(ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      if (name.startsWith("io.gyre.runtime.spi.")
          || name.startsWith("org.pf4j.")
          || name.startsWith("org.slf4j.")) {
        return PluginPackageTest.class.getClassLoader().loadClass(name);
      }
      throw new ClassNotFoundException(name);
    }
  }

  @Test
  void everyGenerationIsCollected() throws Exception {
    try (DockerFixture docker = DockerFixture.local(directory)) {
      InstanceSpec spec = docker.kit.spec(docker.kit.workloads().printsForEver()).build();
      String pid = String.valueOf(docker.runtime().start(spec).pid());
      docker.kit.closeGeneration();
      List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
      for (int i = 0; i < GENERATIONS; i++) {
        loaders.add(generation(docker, spec.id()));
      }
      // The JDK keeps the newest one alive by a soft reference; it goes with the next.
      loaders.removeLast();
      Await.until(
          () -> {
            System.gc();
            return loaders.stream().allMatch(loader -> loader.get() == null);
          },
          () -> "all loaders to go; stay: " + loaders.stream().map(l -> l.get() != null).toList());
      Await.until(
          () ->
              Thread.getAllStackTraces().keySet().stream()
                  .noneMatch(thread -> thread.getName().startsWith("plugin-executor")),
          () -> "all threads to end; there are " + Thread.getAllStackTraces().keySet());
      assertThat(docker.kit.status(spec.id()).pid()).hasToString(pid);
    }
  }

  private static WeakReference<ClassLoader> generation(DockerFixture docker, String id)
      throws Exception {
    try (URLClassLoader loader = new URLClassLoader(pluginClasses(), new HostClasses());
        InputStream index = loader.getResourceAsStream("META-INF/extensions.idx")) {
      assertThat(index).isNotNull();
      String name = new String(index.readAllBytes(), StandardCharsets.UTF_8).strip();
      RuntimePlugin plugin =
          (RuntimePlugin) loader.loadClass(name).getDeclaredConstructor().newInstance();
      assertThat(plugin.getClass().getClassLoader()).isSameAs(loader);
      try (TestRuntimeContext context =
          new TestRuntimeContext(docker.kit.stateDirectory(), Map.of(), docker.kit.mark())) {
        WorkloadRuntime runtime = plugin.open(context);
        runtime.subscribe(event -> {});
        assertThat(runtime.list()).hasSize(1);
        CountDownLatch lines = new CountDownLatch(3);
        Thread follower = Thread.ofPlatform().start(() -> follow(runtime, id, lines));
        assertThat(lines.await(20, TimeUnit.SECONDS)).isTrue();
        runtime.close();
        assertThat(follower.join(Duration.ofSeconds(5))).isTrue();
      }
      return new WeakReference<>(loader);
    }
  }

  private static void follow(WorkloadRuntime runtime, String id, CountDownLatch lines) {
    try {
      runtime
          .ability(InstanceLogs.class)
          .orElseThrow()
          .read(
              id,
              new LogQuery(-1, null, true),
              new InstanceLogs.Sink() {
                @Override
                public boolean line(LogLine line) {
                  lines.countDown();
                  return true;
                }

                @Override
                public boolean open() {
                  return true;
                }
              });
    } catch (RuntimeFailure e) {
      // closed under it
    }
  }

  private static URL[] pluginClasses() throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      if (!entry.matches(".*(test-classes|gyre-runtime-spi|pf4j|slf4j|logback|junit|assertj).*")) {
        urls.add(Path.of(entry).toUri().toURL());
      }
    }
    return urls.toArray(URL[]::new);
  }
}
