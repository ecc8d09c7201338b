package io.gyre.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Ends all that a run has started, also where the run itself is told to end. */
final class Tidying {
  private final Lab lab;
  private final String run;
  private final AtomicBoolean done = new AtomicBoolean();
  private volatile @Nullable Engine engine;

  Tidying(Lab lab, String run) {
    this.lab = lab;
    this.run = run;
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> tidy(true)));
  }

  void alsoEnds(Engine started) {
    engine = started;
  }

  /**
   * @param keep whether the data root is to be looked at later
   */
  void tidy(boolean keep) {
    if (!done.compareAndSet(false, true)) {
      return;
    }
    // JVMs and keepers first, so that nothing is started again.
    for (int i = 0; i < 3; i++) {
      killWhere(lab.home.toString());
      Shell.pause(50);
    }
    Engine started = engine;
    if (started != null) {
      started.close();
      killWhere(lab.docker + "/");
    }
    killWhere("CHAOS_RUN=" + run + "\0");
    if (keep) {
      lab.keepHome();
    }
    lab.close();
  }

  private static void killWhere(String mark) {
    try (var all = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : all) {
        long pid = Long.parseLong(process.getFileName().toString());
        try {
          boolean ours =
              Reality.text(process.resolve("environ")).contains(mark)
                  || Reality.text(process.resolve("cmdline")).contains(mark);
          if (ours && pid != ProcessHandle.current().pid()) {
            Shell.signal(pid, "KILL");
          }
        } catch (IOException e) {
          // It has ended.
        }
      }
    } catch (IOException e) {
      System.out.println("can't list /proc: " + e.getMessage());
    }
  }
}
