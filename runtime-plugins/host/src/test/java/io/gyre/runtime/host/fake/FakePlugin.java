package io.gyre.runtime.host.fake;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.RuntimeContext;
import io.gyre.runtime.spi.RuntimeDescription;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimePlugin;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Properties;
import java.util.Set;

/**
 * A plugin whose jar says what it is, in {@code fake.properties}: name, version, self_restart,
 * stats. Its instances are files; see {@link FakeRuntime}.
 */
public final class FakePlugin implements RuntimePlugin {
  @Override
  public RuntimeDescription describe() {
    Properties settings = settings();
    Set<Capability> capabilities =
        EnumSet.of(
            Capability.CONTAINER,
            Capability.LOGS,
            Capability.EXEC,
            Capability.FILE_MOUNTS,
            Capability.HOST_FILES,
            Capability.SIGNAL,
            Capability.SECRET_REFRESH);
    if (Boolean.parseBoolean(settings.getProperty("self_restart"))) {
      capabilities.add(Capability.SELF_RESTART);
    }
    if (FakeRuntime.hasStats(settings)) {
      capabilities.add(Capability.STATS);
    }
    if (Boolean.parseBoolean(settings.getProperty("describe_fails"))) {
      throw new NoClassDefFoundError("org/example/Missing");
    }
    hang(settings, "describe");
    return new RuntimeDescription(
        settings.getProperty("name"), settings.getProperty("version"), capabilities);
  }

  @Override
  public WorkloadRuntime open(RuntimeContext context) throws RuntimeFailure {
    Properties settings = settings();
    hang(settings, "open");
    return new FakeRuntime(context, settings);
  }

  /** For good, whoever interrupts, where the jar says so, until the file it names is there. */
  static void hang(Properties settings, String call) {
    String until = settings.getProperty("hangs_in_" + call);
    while (until != null && !Files.exists(Path.of(until))) {
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        // Not heeded.
      }
    }
  }

  private static Properties settings() {
    Properties settings = new Properties();
    try (InputStream in =
        Thread.currentThread().getContextClassLoader().getResourceAsStream("fake.properties")) {
      settings.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return settings;
  }
}
