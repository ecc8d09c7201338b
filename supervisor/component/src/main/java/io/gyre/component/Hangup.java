package io.gyre.component;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What SIGHUP does. The JDK ends a process on it unless somebody takes it; {@code sun.misc.Signal}
 * is how, and since the compiler warns of it without a way to say no, it is called by reflection.
 */
final class Hangup {
  private static final Logger log = LoggerFactory.getLogger(Hangup.class);
  private static final ReentrantLock lock = new ReentrantLock();
  private static boolean taken;
  private static @Nullable Runnable action;

  private Hangup() {}

  /** From now on SIGHUP ends this process no more. */
  static void take() {
    lock.lock();
    try {
      if (taken) {
        return;
      }
      taken = true;
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object handle =
          Proxy.newProxyInstance(
              Hangup.class.getClassLoader(),
              new Class<?>[] {handler},
              (proxy, method, arguments) -> answer(proxy, method, arguments));
      var _ =
          signal
              .getMethod("handle", signal, handler)
              .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), handle);
    } catch (ReflectiveOperationException | RuntimeException e) {
      log.warn("SIGHUP can't be taken; the configuration is still watched: {}", e.toString());
    } finally {
      lock.unlock();
    }
  }

  /** The action runs on a thread of its own, and may take long. */
  static void onSignal(Runnable wanted) {
    take();
    lock.lock();
    try {
      action = wanted;
    } finally {
      lock.unlock();
    }
  }

  private static @Nullable Object answer(
      Object proxy, Method method, Object @Nullable [] arguments) {
    return switch (method.getName()) {
      case "handle" -> {
        run();
        yield null;
      }
      case "equals" ->
          arguments != null
              && System.identityHashCode(proxy) == System.identityHashCode(arguments[0]);
      case "hashCode" -> System.identityHashCode(proxy);
      default -> "SIGHUP";
    };
  }

  private static void run() {
    Runnable now;
    lock.lock();
    try {
      now = action;
    } finally {
      lock.unlock();
    }
    if (now != null) {
      now.run();
    }
  }
}
