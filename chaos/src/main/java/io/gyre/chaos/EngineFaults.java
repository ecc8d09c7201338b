package io.gyre.chaos;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/** Stops, kills and pauses the container engine. */
final class EngineFaults {
  private static final Duration BOUND = Duration.ofSeconds(90);

  private EngineFaults() {}

  static List<Fault> of(Scene scene) {
    Engine engine = scene.engine();
    if (engine == null) {
      return List.of();
    }
    return List.of(
        ended(scene, engine, "engine-restart", "stop the container engine and start it", "TERM"),
        ended(scene, engine, "engine-kill", "kill -9 the container engine and start it", "KILL"),
        new Fault(
            "engine-pause",
            "SIGSTOP to the container engine, SIGCONT after a while",
            Set.of("engine"),
            BOUND,
            random -> {
              long pid = engine.pid();
              Shell.signal(pid, "STOP");
              return new Fault.Made(
                  "pid " + pid, 500 + random.nextInt(2500), () -> Shell.signal(pid, "CONT"));
            }));
  }

  /** Without live-restore an engine's containers end with it, or when it comes back. */
  private static Fault ended(Scene scene, Engine engine, String name, String what, String signal) {
    return new Fault(
        name,
        what,
        Set.of("engine", "container"),
        BOUND,
        random -> {
          long pid = engine.pid();
          lose(scene);
          engine.end(signal);
          return new Fault.Made(
              "pid " + pid,
              random.nextInt(1500),
              () -> {
                lose(scene);
                engine.start();
              });
        });
  }

  private static void lose(Scene scene) {
    scene.starts().engineLost();
    for (Reality.Main main : scene.reality().look()) {
      if (main.container()) {
        scene.ledger().kills(main);
      }
    }
  }
}
