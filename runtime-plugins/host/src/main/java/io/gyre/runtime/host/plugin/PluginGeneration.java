package io.gyre.runtime.host.plugin;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Names;
import io.gyre.runtime.spi.InstanceSecrets;
import io.gyre.runtime.spi.RuntimeContext;
import io.gyre.runtime.spi.RuntimeDescription;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimePlugin;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.pf4j.DefaultPluginManager;
import org.pf4j.ManifestPluginDescriptorFinder;
import org.pf4j.PluginDescriptor;
import org.pf4j.PluginDescriptorFinder;
import org.pf4j.PluginLoader;
import org.pf4j.PluginStatusProvider;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One loaded version of a plugin: its own PF4J manager, class loader and threads.
 *
 * <pre>
 * load ─▶ described ─▶ open ─▶ serving ─▶ close (drain, close, unload)
 * </pre>
 *
 * The manager is used while loading and while closing only, each by one thread.
 */
final class PluginGeneration {
  private static final Logger log = LoggerFactory.getLogger(PluginGeneration.class);
  private static final Duration CLOSE = Duration.ofSeconds(1);

  private final PluginJar jar;
  private final SwapLimits limits;
  private final OnePluginManager manager;
  private final ClassLoader loader;
  private final PluginCalls calls;
  private final PluginExecutor executor;
  private final RuntimePlugin plugin;
  private final RuntimeDescription description;
  private volatile @Nullable WorkloadRuntime runtime;
  private volatile boolean replaced;
  private volatile WorkloadRuntime.@Nullable Subscription subscription;

  private PluginGeneration(
      PluginJar jar,
      SwapLimits limits,
      OnePluginManager manager,
      ClassLoader loader,
      PluginCalls calls,
      RuntimePlugin plugin,
      RuntimeDescription description) {
    this.jar = jar;
    this.limits = limits;
    this.manager = manager;
    this.loader = loader;
    this.calls = calls;
    this.executor = new PluginExecutor(PluginCalls.factory(description.name() + "-work", loader));
    this.plugin = plugin;
    this.description = description;
  }

  /** Does no more than describe the plugin; no workload is touched. */
  static PluginGeneration load(PluginJar jar, SwapLimits limits) throws PluginRejected {
    OnePluginManager manager = new OnePluginManager(jar.copy());
    PluginCalls calls = null;
    try {
      String id = manager.loadPlugin(jar.copy());
      manager.startPlugin(id);
      ClassLoader loader = manager.getPluginClassLoader(id);
      calls = new PluginCalls(id, loader);
      RuntimePlugin plugin = instantiate(manager, id, loader, calls, limits);
      RuntimeDescription description =
          calls.call("describe", limits.describe(), plugin::describe, d -> {});
      if (!Names.valid(description.name())) {
        throw new PluginRejected(
            "its runtime name \"" + description.name() + "\" is not valid: use " + Names.RULE);
      }
      return new PluginGeneration(jar, limits, manager, loader, calls, plugin, description);
    } catch (PluginRejected e) {
      discard(manager, calls);
      throw e;
    } catch (GyreException e) {
      discard(manager, calls);
      throw new PluginRejected(String.valueOf(e.getMessage()));
    } catch (RuntimeException | LinkageError e) {
      discard(manager, calls);
      log.warn("cannot load {}", jar.source(), e);
      throw new PluginRejected("it cannot be loaded: " + PluginCalls.describe(e));
    }
  }

  private static RuntimePlugin instantiate(
      OnePluginManager manager, String id, ClassLoader loader, PluginCalls calls, SwapLimits limits)
      throws PluginRejected {
    Set<String> names = manager.getExtensionClassNames(id);
    if (names.isEmpty()) {
      throw new PluginRejected(
          "it names no class in META-INF/extensions.idx; annotate the RuntimePlugin with @Extension");
    }
    for (String name : names) {
      Object extension =
          calls.call(
              "making " + name,
              limits.describe(),
              () -> loader.loadClass(name).getConstructor().newInstance(),
              late -> {});
      if (extension instanceof RuntimePlugin found) {
        return found;
      }
    }
    throw new PluginRejected("none of " + names + " is a " + RuntimePlugin.class.getName());
  }

  private static void discard(OnePluginManager manager, @Nullable PluginCalls calls) {
    if (calls != null) {
      calls.shut();
      calls.stopThreads();
    }
    manager.unload();
  }

  PluginJar jar() {
    return jar;
  }

  RuntimeDescription description() {
    return description;
  }

  /** Connects; may be called again after a failure. */
  void open(
      Path stateDirectory, Map<String, String> settings, String hostId, PluginSupport support) {
    RuntimeContext context =
        new Context(stateDirectory, settings, hostId, executor, description.name(), support);
    runtime =
        calls.call("open", limits.open(), () -> plugin.open(context), late -> late.close(false));
  }

  /** Keeps it until the generation is closed. */
  void subscription(WorkloadRuntime.Subscription made) {
    subscription = made;
  }

  boolean opened() {
    return runtime != null;
  }

  <T> T call(String what, Duration deadline, PluginCall<T> call) {
    WorkloadRuntime open = require(what);
    return calls.call(what, deadline, () -> call.run(open), late -> {});
  }

  void stream(String what, StreamCall call) {
    WorkloadRuntime open = require(what);
    calls.stream(
        what,
        () -> {
          call.run(open, () -> replaced);
          return true;
        });
  }

  /** Another generation serves from now on. */
  void markReplaced() {
    replaced = true;
  }

  boolean replaced() {
    return replaced;
  }

  ClassLoader loader() {
    return loader;
  }

  private WorkloadRuntime require(String what) {
    WorkloadRuntime open = runtime;
    if (open == null) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "runtime.unavailable",
          description.name() + ": " + what + " was not done, the runtime is not connected",
          "see `gyre get runtimes`");
    }
    return open;
  }

  /** Waits for calls in flight, closes and unloads; what is still running after the limit fails. */
  void retire(Duration drain) throws InterruptedException {
    calls.shut();
    if (!calls.drain(drain)) {
      log.info("{}: calls are still running after {}", jar.source(), drain);
    }
    close(false);
    if (!calls.drain(CLOSE)) {
      calls.interruptStreams();
      calls.drain(CLOSE);
    }
    unload();
  }

  /** Lets go of the workloads without waiting for calls in flight. */
  void close(boolean handOver) {
    WorkloadRuntime open = runtime;
    runtime = null;
    calls.shut();
    if (open == null) {
      return;
    }
    Thread closing =
        PluginCalls.factory(description.name() + "-close", loader)
            .newThread(
                () -> {
                  try {
                    endSubscription();
                    open.close(handOver);
                  } catch (Throwable e) {
                    log.warn("{}: close failed", jar.source(), e);
                  }
                });
    closing.start();
    try {
      if (!closing.join(CLOSE)) {
        log.warn("{}: close did not end within {}", jar.source(), CLOSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void endSubscription() {
    WorkloadRuntime.Subscription ended = subscription;
    subscription = null;
    if (ended != null) {
      ended.close();
    }
  }

  private void unload() {
    executor.shutdownNow();
    calls.stopThreads();
    manager.unload();
  }

  private record Context(
      Path stateDirectory,
      Map<String, String> settings,
      String hostId,
      ScheduledExecutorService executor,
      String runtime,
      PluginSupport support)
      implements RuntimeContext {
    @Override
    public InstanceSecrets secrets(String instance) throws RuntimeFailure {
      return support.secrets(instance);
    }

    @Override
    public Path volatileDirectory() throws RuntimeFailure {
      return support.volatileDirectory(runtime);
    }
  }

  /** A PF4J manager of one jar, with the allow-list class loader and without directories. */
  private static final class OnePluginManager extends DefaultPluginManager {
    OnePluginManager(Path jar) {
      super(jar.getParent());
    }

    @Override
    protected PluginDescriptorFinder createPluginDescriptorFinder() {
      return new ManifestPluginDescriptorFinder();
    }

    @Override
    protected PluginLoader createPluginLoader() {
      return new PluginLoader() {
        @Override
        public boolean isApplicable(Path path) {
          return true;
        }

        @Override
        public ClassLoader loadPlugin(Path path, PluginDescriptor descriptor) {
          return new AllowListClassLoader(
              descriptor.getPluginId(), path, PluginGeneration.class.getClassLoader());
        }
      };
    }

    @Override
    protected PluginStatusProvider createPluginStatusProvider() {
      return new PluginStatusProvider() {
        @Override
        public boolean isPluginDisabled(String pluginId) {
          return false;
        }

        @Override
        public void disablePlugin(String pluginId) {}

        @Override
        public void enablePlugin(String pluginId) {}
      };
    }

    void unload() {
      ClassLoader[] loaders = getPluginClassLoaders().values().toArray(ClassLoader[]::new);
      try {
        unloadPlugins();
      } catch (RuntimeException | LinkageError e) {
        log.warn("unloading failed", e);
      }
      for (ClassLoader loader : loaders) {
        if (loader instanceof AllowListClassLoader closeable) {
          try {
            closeable.close();
          } catch (IOException e) {
            log.warn("closing a class loader failed: {}", e.toString());
          }
        }
      }
    }
  }
}
