package io.gyre.runtime.host.plugin;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.runtime.spi.RuntimeFailure;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one way into the code of a plugin generation: context class loader, deadline, count of calls
 * in flight, translation of failures.
 *
 * <p>Calls run on platform threads of this generation's own, so that a plugin that blocks in native
 * code or spins can't hold up the host's virtual threads, and nothing that it leaves in thread
 * locals outlives it.
 */
final class PluginCalls {
  private static final Logger log = LoggerFactory.getLogger(PluginCalls.class);

  private final String name;
  private final ClassLoader loader;
  private final ExecutorService threads;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition idle = lock.newCondition();
  private final Set<Thread> streaming = ConcurrentHashMap.newKeySet();
  private int inFlight;
  private boolean closed;

  PluginCalls(String name, ClassLoader loader) {
    this.name = name;
    this.loader = loader;
    this.threads = PluginExecutor.cachedThreads(factory(name, loader));
  }

  static ThreadFactory factory(String name, ClassLoader loader) {
    return task -> {
      Thread thread =
          Thread.ofPlatform()
              .daemon()
              .name(name)
              .inheritInheritableThreadLocals(false)
              .unstarted(task);
      thread.setContextClassLoader(loader);
      return thread;
    };
  }

  /**
   * Runs the call on a thread of the plugin and waits for it, at most until the deadline; a call
   * that is late is interrupted and counts as in flight until it ends.
   *
   * @param late given what a call returned after its deadline
   * @throws GyreException for whatever went wrong in the plugin
   */
  <T> T call(String what, Duration deadline, Callable<T> call, Consumer<T> late) {
    enter(what);
    CompletableFuture<T> answer = new CompletableFuture<>();
    Runner runner = new Runner();
    try {
      threads.execute(
          () -> {
            runner.begin();
            try {
              T result = call.call();
              if (!answer.complete(result)) {
                late.accept(result);
              }
            } catch (Throwable e) {
              answer.completeExceptionally(e);
            } finally {
              runner.end();
              exit();
            }
          });
    } catch (RejectedExecutionException e) {
      exit();
      throw away(what);
    }
    return await(what, deadline, answer, runner);
  }

  private <T> T await(String what, Duration deadline, CompletableFuture<T> answer, Runner runner) {
    try {
      return answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw translate(what, e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      GyreException timeout =
          new GyreException(
              ErrorKind.TIMEOUT,
              "runtime.deadline",
              name + ": " + what + " did not end within " + text(deadline),
              "look at the log of the runtime process and at the engine behind " + name);
      if (answer.completeExceptionally(timeout)) {
        runner.interrupt();
        log.warn("{}", timeout.getMessage());
        throw timeout;
      }
      return answer.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw away(what);
    }
  }

  /** Runs a call that may last on the calling thread, which must be a virtual thread of its own. */
  void stream(String what, Callable<?> call) {
    enter(what);
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    streaming.add(thread);
    try {
      call.call();
    } catch (Throwable e) {
      throw translate(what, e);
    } finally {
      streaming.remove(thread);
      thread.setContextClassLoader(before);
      exit();
    }
  }

  /** What lasts and has not ended by itself ends now, as far as it heeds interrupts. */
  void interruptStreams() {
    streaming.forEach(Thread::interrupt);
  }

  /** Lets no more calls in. */
  void shut() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until no call is in flight. */
  boolean drain(Duration limit) throws InterruptedException {
    long left = limit.toNanos();
    lock.lock();
    try {
      while (inFlight > 0 && left > 0) {
        left = idle.awaitNanos(left);
      }
      return inFlight == 0;
    } finally {
      lock.unlock();
    }
  }

  void stopThreads() {
    threads.shutdownNow();
  }

  private void enter(String what) {
    lock.lock();
    try {
      if (closed) {
        throw away(what);
      }
      inFlight++;
    } finally {
      lock.unlock();
    }
  }

  private void exit() {
    lock.lock();
    try {
      if (--inFlight == 0) {
        idle.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  private GyreException away(String what) {
    return new GyreException(
        ErrorKind.UNAVAILABLE,
        "runtime.closed",
        name + ": " + what + " was not done, this version of the plugin is being closed",
        null);
  }

  /** No throwable of the plugin is kept: it would hold on to its classes. */
  private GyreException translate(String what, Throwable e) {
    if (e instanceof GyreException known) {
      return known;
    }
    if (e instanceof RuntimeFailure failure) {
      return new GyreException(
          kind(failure.kind()),
          failure.code(),
          failure.getMessage() == null ? failure.code() : failure.getMessage(),
          failure.hint());
    }
    log.warn("{} failed in {}", name, what, e);
    return new GyreException(
        ErrorKind.RUNTIME,
        "runtime.plugin_failed",
        "the plugin " + name + " failed in " + what + ": " + describe(e),
        "report it to the maker of the plugin; the log of the runtime process has the details",
        List.of(),
        null);
  }

  static String describe(Throwable e) {
    String message = e.getMessage();
    return e.getClass().getName() + (message == null ? "" : ": " + message);
  }

  private static ErrorKind kind(RuntimeFailure.Kind kind) {
    return switch (kind) {
      case INVALID -> ErrorKind.INVALID;
      case UNSUPPORTED -> ErrorKind.UNSUPPORTED;
      case NOT_FOUND -> ErrorKind.NOT_FOUND;
      case CONFLICT -> ErrorKind.CONFLICT;
      case EXHAUSTED -> ErrorKind.EXHAUSTED;
      case UNAVAILABLE -> ErrorKind.UNAVAILABLE;
      case TIMEOUT -> ErrorKind.TIMEOUT;
      case ENGINE -> ErrorKind.RUNTIME;
    };
  }

  private static String text(Duration duration) {
    return duration.toMillis() < 10_000 ? duration.toMillis() + " ms" : duration.toSeconds() + " s";
  }

  /** The thread of one call; an interrupt never meets the thread's next call. */
  private static final class Runner {
    private @Nullable Thread thread;

    synchronized void begin() {
      thread = Thread.currentThread();
    }

    synchronized void end() {
      thread = null;
      Thread.interrupted();
    }

    synchronized void interrupt() {
      if (thread != null) {
        thread.interrupt();
      }
    }
  }
}
