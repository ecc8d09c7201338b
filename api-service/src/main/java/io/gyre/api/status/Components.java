package io.gyre.api.status;

import io.gyre.component.ComponentMark;
import io.gyre.component.Home;
import io.gyre.component.LiveLock;
import io.gyre.model.Component;
import io.gyre.model.GyreException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** How the processes of Gyre are, from their mark files and locks. */
public final class Components {
  private final Home home;

  /** A process must not try two locks on one file at once. */
  private final ReentrantLock lock = new ReentrantLock();

  public Components(Home home) {
    this.home = home;
  }

  /**
   * @param starts on this data root; 0 where that isn't known
   */
  public record Life(String name, boolean live, long starts) {}

  public List<Life> all() {
    return Arrays.stream(Component.values())
        .map(this::view)
        .map(
            view ->
                new Life(view.component(), view.live(), view.epoch() == null ? 0 : view.epoch()))
        .toList();
  }

  ComponentView view(Component component) {
    Optional<ComponentMark> found = ComponentMark.read(home, component);
    if (component == Component.API) {
      // This process; its own lock must not be touched.
      return found
          .filter(mark -> mark.pid() == ProcessHandle.current().pid())
          .map(mark -> view(mark, true))
          .orElseGet(
              () ->
                  new ComponentView(
                      component.id(),
                      "ready",
                      ProcessHandle.current().pid(),
                      null,
                      null,
                      null,
                      true));
    }
    return found
        .map(mark -> view(mark, live(mark)))
        .orElseGet(
            () -> new ComponentView(component.id(), "absent", null, null, null, null, false));
  }

  /**
   * The lock decides, for pids are used again. It is only tried while the pid lives, so that a
   * component that starts doesn't meet a lock held by this look.
   */
  private boolean live(ComponentMark mark) {
    if (ProcessHandle.of(mark.pid()).isEmpty()) {
      return false;
    }
    lock.lock();
    try {
      return LiveLock.held(home, mark.component());
    } catch (GyreException e) {
      return true;
    } finally {
      lock.unlock();
    }
  }

  private static ComponentView view(ComponentMark mark, boolean live) {
    return new ComponentView(
        mark.component().id(),
        live || mark.state().equals("stopping") ? mark.state() : "dead",
        mark.pid(),
        mark.epoch(),
        mark.message().isEmpty() ? null : mark.message(),
        Instant.ofEpochMilli(mark.sinceEpochMs()),
        live);
  }
}
