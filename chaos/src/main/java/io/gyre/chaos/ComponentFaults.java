package io.gyre.chaos;

import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Ends, stops and pauses Gyre's own processes. */
final class ComponentFaults {
  /** With less, the disk counts as full. */
  private static final long ROOM = 32L << 20;

  private static final Duration BOUND = Duration.ofSeconds(45);

  private ComponentFaults() {}

  static List<Fault> of(Scene scene) {
    List<Fault> faults = new ArrayList<>();
    for (String component : Gyre.COMPONENTS) {
      faults.add(signal(scene, component, "kill", "KILL"));
      faults.add(signal(scene, component, "term", "TERM"));
      faults.add(pause(scene, component));
    }
    if (scene.gyre().run("component", "--help").ok()) {
      for (String component : List.of("api", "reconciler", "runtime")) {
        faults.add(restart(scene, component));
      }
    }
    faults.add(
        new Fault(
            "kill-all",
            "kill -9 all of Gyre's processes at once",
            Set.of(Fault.ALL),
            BOUND,
            random -> {
              killAll(scene);
              return new Fault.Made("", random.nextInt(1500), scene.gyre()::upSoon);
            }));
    faults.add(
        new Fault(
            "down-up",
            "gyre down, then gyre up -d",
            Set.of(Fault.ALL),
            BOUND,
            random -> {
              down(scene);
              return new Fault.Made("", random.nextInt(1000), scene.gyre()::upSoon);
            }));
    return faults;
  }

  private static Fault signal(Scene scene, String component, String verb, String signal) {
    boolean supervisor = component.equals("supervisor");
    return new Fault(
        verb + "-" + component,
        "SIG" + signal + " to the " + component,
        // An orderly end of the supervisor ends all.
        supervisor && signal.equals("TERM") ? Set.of(Fault.ALL) : Set.of(component),
        BOUND,
        random -> {
          long pid = scene.gyre().mark(component).pid();
          if (pid == 0) {
            return Fault.Made.done("was not there");
          }
          if (supervisor && signal.equals("TERM")) {
            expectEndOfAll(scene);
          }
          scene.ledger().killsComponent(pid);
          Shell.signal(pid, signal);
          await(() -> !Reality.alive(pid), "the " + component + " ends");
          return new Fault.Made(
              "pid " + pid,
              supervisor ? random.nextInt(1000) : 0,
              supervisor ? scene.gyre()::upSoon : () -> {});
        });
  }

  private static Fault restart(Scene scene, String component) {
    return new Fault(
        "restart-" + component,
        "gyre component restart " + component,
        // The supervisor does it.
        Set.of(component, "supervisor"),
        BOUND,
        random -> {
          long pid = scene.gyre().mark(component).pid();
          scene.ledger().killsComponent(pid);
          Shell.Result result = scene.gyre().run("component", "restart", component);
          // A successor can't start without room for its files; it is refused and the old one
          // stays.
          boolean refused =
              result.out().contains("the old one goes on")
                  && Files.getFileStore(scene.gyre().home).getUsableSpace() < ROOM;
          if (!result.ok() && !refused) {
            scene
                .ledger()
                .violation(
                    "restart " + pid,
                    "gyre component restart "
                        + component
                        + ": "
                        + result.exit()
                        + " "
                        + result.out());
          }
          return Fault.Made.done("pid " + pid + (refused ? ", refused on a full disk" : ""));
        });
  }

  private static Fault pause(Scene scene, String component) {
    return new Fault(
        "pause-" + component,
        "SIGSTOP to the " + component + ", SIGCONT after a while",
        Set.of(component),
        BOUND,
        random -> {
          long pid = scene.gyre().mark(component).pid();
          if (pid == 0) {
            return Fault.Made.done("was not there");
          }
          // Who watches it may take it for hung and replace it.
          scene.ledger().killsComponent(pid);
          Shell.signal(pid, "STOP");
          return new Fault.Made(
              "pid " + pid, 200 + random.nextInt(2500), () -> Shell.signal(pid, "CONT"));
        });
  }

  static void expectEndOfAll(Scene scene) {
    scene.gyre().processes().forEach(scene.ledger()::killsComponent);
  }

  static void killAll(Scene scene) throws Exception {
    // Who starts others first.
    scene.gyre().guards().forEach(guard -> Shell.signal(guard, "KILL"));
    long supervisor = scene.gyre().mark("supervisor").pid();
    if (supervisor != 0) {
      scene.ledger().killsComponent(supervisor);
      Shell.signal(supervisor, "KILL");
    }
    for (int i = 0; i < 20; i++) {
      List<Long> left = scene.gyre().processes();
      if (left.isEmpty()) {
        return;
      }
      for (long pid : left) {
        scene.ledger().killsComponent(pid);
        Shell.signal(pid, "KILL");
      }
      Shell.pause(20);
    }
    throw new IllegalStateException("these don't end: " + scene.gyre().processes());
  }

  static void down(Scene scene) throws Exception {
    expectEndOfAll(scene);
    Shell.Result down = scene.gyre().run("down");
    if (!down.ok()) {
      throw new IllegalStateException("gyre down: " + down.exit() + " " + down.out());
    }
    await(() -> scene.gyre().processes().isEmpty(), "all of Gyre's processes have ended");
  }

  interface Condition {
    boolean holds() throws Exception;
  }

  static void await(Condition condition, String what) throws Exception {
    long end = System.nanoTime() + 30_000_000_000L;
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("waited 30 s in vain until " + what);
      }
      Shell.pause(10);
    }
  }
}
