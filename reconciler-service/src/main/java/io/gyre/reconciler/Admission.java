package io.gyre.reconciler;

import io.gyre.model.Demand;
import io.gyre.model.DeploymentKey;
import io.gyre.model.Shortage;
import io.gyre.reconciler.plan.Room;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Which of the host's memory and CPU instances hold, and who waits for some. An instance holds what
 * its revision asks for from its first start until it is gone, whatever state it is in. Any thread.
 *
 * <p>Nothing of it is kept: it is read from the rows at a start, and corrected by each look.
 */
final class Admission {
  private final Supplier<Demand> capacityNow;
  private final Consumer<DeploymentKey> wake;
  private final Map<DeploymentKey, Demand> held = new HashMap<>();

  /** What one more instance of it needs; the longest waiting first. */
  private final Map<DeploymentKey, Demand> waiting = new LinkedHashMap<>();

  private Demand capacity;
  private Demand total = Demand.NONE;

  /**
   * @param capacityNow what all instances together may hold; may read files
   * @param wake has a deployment looked at that there may be room for now; it doesn't block
   */
  Admission(Supplier<Demand> capacityNow, Consumer<DeploymentKey> wake) {
    this.capacityNow = capacityNow;
    this.wake = wake;
    this.capacity = capacityNow.get();
  }

  /** Before anything else is called: what is held already. */
  synchronized void begin(Map<DeploymentKey, Demand> heldByRows) {
    heldByRows.forEach(this::set);
  }

  /**
   * Takes room for as many of so many instances as fit; {@link #holds} gives back what wasn't used.
   * Who gets less than it asks for is woken once there is room for one more.
   */
  synchronized Room take(DeploymentKey key, Demand each, int count) {
    Demand free = capacity.without(total);
    int fitting = free.fits(each, count);
    set(key, of(key).plus(each.times(fitting)));
    if (fitting == count) {
      waiting.remove(key);
      return new Room(fitting, null);
    }
    waiting.put(key, each);
    return new Room(fitting, Shortage.of(each, capacity.without(total), capacity));
  }

  /** What the instances of the deployment hold as it is recorded now. */
  synchronized void holds(DeploymentKey key, Demand now) {
    Demand before = of(key);
    if (before.equals(now)) {
      return;
    }
    set(key, now);
    if (now.memoryBytes() < before.memoryBytes() || now.cpuMillis() < before.cpuMillis()) {
      wakeWhoFits();
    }
  }

  /** Nothing of it waits any more. */
  synchronized void waitsNoMore(DeploymentKey key) {
    waiting.remove(key);
  }

  /** The configuration or the machine may have changed. What holds its part keeps it. */
  void capacityChanged() {
    Demand now = capacityNow.get();
    synchronized (this) {
      if (!now.equals(capacity)) {
        capacity = now;
        wakeWhoFits();
      }
    }
  }

  private Demand of(DeploymentKey key) {
    return held.getOrDefault(key, Demand.NONE);
  }

  private void set(DeploymentKey key, Demand now) {
    total = total.without(of(key)).plus(now);
    if (now.isNone()) {
      held.remove(key);
    } else {
      held.put(key, now);
    }
  }

  private void wakeWhoFits() {
    Demand free = capacity.without(total);
    for (Iterator<Map.Entry<DeploymentKey, Demand>> each = waiting.entrySet().iterator();
        each.hasNext(); ) {
      Map.Entry<DeploymentKey, Demand> one = each.next();
      if (free.fits(one.getValue(), 1) > 0) {
        free = free.without(one.getValue());
        each.remove();
        wake.accept(one.getKey());
      }
    }
  }
}
