package io.gyre.component;

import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Held from the start of a component to its end, however it ends: the kernel lets go of it. The
 * file stays; only the lock on it counts.
 *
 * <p>A process must open a lock file at most once: closing any other descriptor of it would let go.
 */
public final class LiveLock implements AutoCloseable {
  private static final int LOOKS = 10;
  private static final long LOOK_PAUSE_NANOS = 20_000_000;

  private final FileChannel channel;
  private final FileLock lock;

  private LiveLock(FileChannel channel, FileLock lock) {
    this.channel = channel;
    this.lock = lock;
  }

  /** Takes the component's lock or says who has it. */
  static LiveLock take(Home home, Component component) {
    LiveLock lock = tryTake(home.lockFile(component));
    for (int i = 0; lock == null && i < LOOKS; i++) {
      // Somebody may just be looking whether it is free.
      LockSupport.parkNanos(LOOK_PAUSE_NANOS);
      lock = tryTake(home.lockFile(component));
    }
    if (lock == null) {
      String holder =
          ComponentMark.read(home, component)
              .map(mark -> " (pid " + mark.pid() + ", " + mark.state() + ")")
              .orElse("");
      throw new GyreException(
          ErrorKind.CONFLICT,
          "component.already_running",
          component.id() + " already runs on " + home.root() + holder,
          "stop it first, or use another GYRE_HOME");
    }
    return lock;
  }

  /** Blocks until the component's lock can be had, and takes it. */
  static LiveLock await(Home home, Component component) {
    Path file = home.lockFile(component);
    try {
      FileChannel channel = open(file);
      return new LiveLock(channel, channel.lock());
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  private static GyreException failed(Path file, IOException e) {
    return new GyreException(
        ErrorKind.UNAVAILABLE, "component.lock_failed", "cannot lock " + file + ": " + e, null);
  }

  private static @Nullable LiveLock tryTake(Path file) {
    try {
      FileChannel channel = open(file);
      FileLock lock = null;
      try {
        lock = channel.tryLock();
      } catch (OverlappingFileLockException e) {
        // Another thread of this process waits until it is free, so it isn't.
      }
      if (lock == null) {
        channel.close();
        return null;
      }
      return new LiveLock(channel, lock);
    } catch (IOException e) {
      throw failed(file, e);
    }
  }

  /**
   * Whether some process holds the component's lock. Only for processes other than the component.
   */
  public static boolean held(Home home, Component component) {
    try (LiveLock lock = tryTake(home.lockFile(component))) {
      return lock == null;
    }
  }

  /**
   * Blocks until nobody holds the component's lock. Ends early, without that, when the channel that
   * is handed out is closed by another thread.
   */
  public static void awaitFree(Home home, Component component) throws IOException {
    try (FileChannel channel = open(home.lockFile(component));
        FileLock lock = channel.lock()) {
      lock.release();
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  @Override
  public void close() {
    try {
      lock.release();
      channel.close();
    } catch (IOException e) {
      // The kernel lets go of it with the process.
    }
  }
}
