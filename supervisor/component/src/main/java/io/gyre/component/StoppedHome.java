package io.gyre.component;

import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.util.ArrayList;
import java.util.List;

/** A data root on which no component runs, nor can start, until this is closed. */
public final class StoppedHome implements AutoCloseable {
  private final List<LiveLock> locks;

  private StoppedHome(List<LiveLock> locks) {
    this.locks = locks;
  }

  /**
   * @throws GyreException CONFLICT that names the components that run
   */
  public static StoppedHome of(Home home) {
    List<LiveLock> locks = new ArrayList<>();
    List<String> running = new ArrayList<>();
    for (Component component : Component.values()) {
      try {
        locks.add(LiveLock.take(home, component));
      } catch (GyreException e) {
        if (e.kind() != ErrorKind.CONFLICT) {
          locks.forEach(LiveLock::close);
          throw e;
        }
        running.add(component.id());
      }
    }
    if (!running.isEmpty()) {
      locks.forEach(LiveLock::close);
      throw new GyreException(
          ErrorKind.CONFLICT,
          "home.in_use",
          "Gyre runs on " + home.root() + " (" + String.join(", ", running) + ")",
          "stop it first: gyre down; workloads go on");
    }
    return new StoppedHome(locks);
  }

  @Override
  public void close() {
    locks.forEach(LiveLock::close);
  }
}
