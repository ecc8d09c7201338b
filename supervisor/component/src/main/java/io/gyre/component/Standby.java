package io.gyre.component;

import io.gyre.model.Component;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A process that has started up, and waits for the end of the one whose place it will take.
 *
 * <pre>
 * warm up ─▶ run/NAME.standby says so ─▶ wait for the lock ─▶ go on as any component
 *                                             └ who started it is gone: exit 0
 * </pre>
 */
final class Standby {
  private static final long PARENT_LOOK_MS = 250;

  private final Home home;
  private final Component component;
  private final CountDownLatch done = new CountDownLatch(1);

  Standby(Home home, Component component) {
    this.home = home;
    this.component = component;
  }

  static boolean wanted(Map<String, String> environment) {
    return environment.getOrDefault("GYRE_STANDBY", "").equals("1");
  }

  LiveLock await(ComponentMain.Launcher launcher) throws IOException {
    long parent = ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L);
    Logs.none();
    // A failpoint would be spent on it.
    if (System.getenv("GYRE_FAILPOINTS") == null) {
      warmUp(launcher);
    }
    Thread.ofPlatform().daemon().name("parent").start(() -> endWithParent(parent));
    FileText.write(
        home.standbyFile(component), Long.toString(ProcessHandle.current().pid()), false);
    LiveLock lock = LiveLock.await(home, component);
    done.countDown();
    Files.deleteIfExists(home.standbyFile(component));
    return lock;
  }

  private void warmUp(ComponentMain.Launcher launcher) throws IOException {
    Path root = home.root().resolve("run").resolve("warm-" + component.id());
    delete(root);
    Home scratch = new Home(root);
    scratch.create();
    try {
      launcher.warmUp(
          new ComponentContext(
              component,
              scratch,
              GyreConfig.parse("", "api: { port: 0 }"),
              1,
              Clock.systemUTC(),
              Readiness.unwatched()));
    } catch (Exception | LinkageError e) {
      System.err.println("gyre " + component.id() + ": the warm-up failed: " + e);
    } finally {
      delete(root);
      if (!scratch.sockets().startsWith(root)) {
        delete(scratch.sockets());
      }
    }
  }

  /** Nobody would ever end a process that waits for nothing. */
  private void endWithParent(long parent) {
    try {
      while (!done.await(PARENT_LOOK_MS, TimeUnit.MILLISECONDS)) {
        if (ProcessHandle.current().parent().map(ProcessHandle::pid).orElse(0L) != parent) {
          Runtime.getRuntime().halt(0);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(
              Path visited, @org.jspecify.annotations.Nullable IOException failure)
              throws IOException {
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
