package io.gyre.runtime.testkit;

import io.gyre.runtime.spi.InstanceSecrets;
import io.gyre.runtime.spi.RegistryAccess;
import io.gyre.runtime.spi.RuntimeContext;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A context of one generation of a plugin, whose executor must be idle once that is closed. */
public final class TestRuntimeContext implements RuntimeContext, AutoCloseable {
  private final Path stateDirectory;
  private final Map<String, String> settings;
  private final String hostId;
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService executor;
  private volatile Function<String, Optional<RegistryAccess>> access = id -> Optional.empty();
  private volatile Function<String, InstanceSecrets> secrets = id -> InstanceSecrets.NONE;

  public TestRuntimeContext(Path stateDirectory, Map<String, String> settings, String hostId) {
    this.stateDirectory = stateDirectory;
    this.settings = Map.copyOf(settings);
    this.hostId = hostId;
    ScheduledThreadPoolExecutor pool =
        new ScheduledThreadPoolExecutor(
            64,
            task -> {
              Thread thread = new Thread(task, "plugin-executor-" + (threads.size() + 1));
              thread.setDaemon(true);
              threads.add(thread);
              return thread;
            });
    // As the host's: an alarm that is cancelled late is nothing that still runs.
    pool.setRemoveOnCancelPolicy(true);
    this.executor = pool;
  }

  @Override
  public Path stateDirectory() {
    return stateDirectory;
  }

  @Override
  public Map<String, String> settings() {
    return settings;
  }

  @Override
  public ScheduledExecutorService executor() {
    return executor;
  }

  @Override
  public String hostId() {
    return hostId;
  }

  /** What {@link #registryAccess(String)} answers from now on. */
  public void registryAccess(Function<String, Optional<RegistryAccess>> answer) {
    access = answer;
  }

  @Override
  public Optional<RegistryAccess> registryAccess(String instance) {
    return access.apply(instance);
  }

  /** What {@link #secrets(String)} answers from now on. */
  public void secrets(Function<String, InstanceSecrets> answer) {
    secrets = answer;
  }

  @Override
  public InstanceSecrets secrets(String instance) {
    return secrets.apply(instance);
  }

  /** Beside the state directory; for a test it is no matter that it may be on a disk. */
  @Override
  public Path volatileDirectory() {
    try {
      return Files.createDirectories(
          stateDirectory.resolveSibling(stateDirectory.getFileName() + "-volatile"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Shuts the executor down, as the host does after the runtime was closed, and fails where
   * something of the plugin still runs on it.
   */
  @Override
  public void close() {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(10, TimeUnit.SECONDS)) {
        String left =
            threads.stream()
                .filter(Thread::isAlive)
                .map(TestRuntimeContext::describe)
                .collect(Collectors.joining("\n"));
        executor.shutdownNow();
        throw new AssertionError("The closed runtime left these running on its executor:\n" + left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while closing", e);
    }
  }

  private static String describe(Thread thread) {
    return thread.getName()
        + Arrays.stream(thread.getStackTrace())
            .map(frame -> "\n    at " + frame)
            .collect(Collectors.joining());
  }
}
