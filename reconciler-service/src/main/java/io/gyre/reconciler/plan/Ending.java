package io.gyre.reconciler.plan;

import io.gyre.model.ExitRecord;
import org.jspecify.annotations.Nullable;

/** How a main process ended, in words that go after its name. */
public final class Ending {
  private Ending() {}

  public static String words(@Nullable ExitRecord exit) {
    if (exit == null) {
      return "ended";
    }
    if (exit.code() < 0) {
      return "ended with an unknown code";
    }
    return exit.signal() > 0
        ? "was ended by signal " + exit.signal() + " (code " + exit.code() + ")"
        : "exited with code " + exit.code();
  }

  public static String lastLine(@Nullable ExitRecord exit) {
    return exit == null || exit.lastLines().isEmpty()
        ? ""
        : "; it last printed: " + exit.lastLines().getLast();
  }
}
