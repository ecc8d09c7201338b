package io.gyre.runtime.testkit;

import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimePlugin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/**
 * The contract of a runtime plugin as tests. Extend it in the plugin's own tests.
 *
 * <p>{@link #plugin}, {@link #shellWorkloads} and {@link #settings} are also called on an instance
 * that a forked JVM makes with the subclass's constructor without arguments and without JUnit: they
 * must not need what a {@code @BeforeAll} or an extension set up in this JVM.
 *
 * <p>Needs Linux with /proc, and the right to read the environment of the workloads' processes.
 */
public abstract class RuntimeContractTest
    implements LifecycleContract,
        StopContract,
        RecoveryContract,
        EventsContract,
        CrashContract,
        FailureContract,
        CapabilityContract,
        EnvironmentContract,
        LogsContract,
        ExecContract,
        StatsContract,
        SecretContract,
        CloseContract,
        ScaleContract {
  @TempDir Path directory;
  private RuntimeFixture fixture;

  /** A new plugin, as the host would make it. */
  protected abstract RuntimePlugin plugin();

  protected abstract Workloads shellWorkloads();

  /** The runtime's settings. */
  protected Map<String, String> settings() {
    return Map.of();
  }

  @Override
  public final RuntimeFixture fixture() {
    return fixture;
  }

  @BeforeEach
  final void openFixture() throws Exception {
    Path state =
        Files.createDirectory(
            directory.resolve("state"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    fixture =
        new RuntimeFixture(
            this::plugin, shellWorkloads(), settings(), state, RuntimeFixture.newMark());
  }

  @AfterEach
  final void closeFixture() throws RuntimeFailure {
    fixture.close();
  }
}
