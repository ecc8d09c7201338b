package io.gyre.chaos;

import java.nio.file.Path;
import java.util.List;

/**
 * {@code gyre chaos}. Ends with 0 where all promises were kept, 1 where not, 2 for a wrong call.
 */
public final class ChaosMain {
  private ChaosMain() {}

  public static void main(String[] arguments) throws Exception {
    // Else a request whose connection breaks is sent once more, and what it did the first time is
    // acknowledged as if it had been so before.
    System.setProperty("sun.net.http.retryPost", "false");
    int exit;
    try {
      if (List.of(arguments).contains("--help")) {
        System.out.print(Options.USAGE);
        return;
      }
      Path root = Path.of(System.getProperty("gyre.root", ".")).toAbsolutePath().normalize();
      Options options = Options.parse(List.of(arguments), root);
      exit = new Chaos(options).run() ? 0 : 1;
    } catch (Options.UsageException e) {
      System.err.println("gyre chaos: " + e.getMessage());
      System.err.print(Options.USAGE);
      exit = 2;
    }
    System.exit(exit);
  }
}
