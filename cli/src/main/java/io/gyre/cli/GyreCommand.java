package io.gyre.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Option;

/** What all commands share. */
abstract class GyreCommand implements Callable<Integer> {
  private final Session session;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  boolean help;

  GyreCommand(Session session) {
    this.session = session;
  }

  Session session() {
    return session;
  }

  Api api() {
    return session.api();
  }

  /**
   * @return the exit code
   */
  abstract int run() throws IOException, InterruptedException;

  @Override
  public final Integer call() throws IOException, InterruptedException {
    return run();
  }
}
