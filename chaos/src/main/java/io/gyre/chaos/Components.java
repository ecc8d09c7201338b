package io.gyre.chaos;

import java.util.HashMap;
import java.util.Map;

/** Sees to it that none of Gyre's processes ends that the harness did not end. */
final class Components {
  private final Gyre gyre;
  private final Ledger ledger;
  private final Map<String, Long> ready = new HashMap<>();
  private final Thread thread =
      Thread.ofPlatform().daemon().name("components").unstarted(this::run);
  private volatile boolean stopping;

  Components(Gyre gyre, Ledger ledger) {
    this.gyre = gyre;
    this.ledger = ledger;
  }

  void start() {
    thread.start();
  }

  private void run() {
    while (!stopping) {
      for (String component : Gyre.COMPONENTS) {
        look(component);
      }
      Shell.pause(100);
    }
  }

  private void look(String component) {
    Long before = ready.get(component);
    if (before != null && !Reality.alive(before)) {
      ready.remove(component);
      if (!ledger.killedComponent(before)) {
        ledger.violation(
            "component " + before, "the " + component + " (pid " + before + ") ended by itself");
      }
    }
    Gyre.Mark mark = gyre.mark(component);
    if (mark.ready()) {
      ready.put(component, mark.pid());
    }
  }

  void stop() {
    stopping = true;
    try {
      thread.join(5000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
