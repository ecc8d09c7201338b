package io.gyre.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** The entry point of {@code gyre}. */
public final class GyreCli {
  private GyreCli() {}

  public static void main(String[] args) {
    int exit =
        run(
            args,
            System.getenv(),
            System.in,
            new FileOutputStream(FileDescriptor.out),
            new FileOutputStream(FileDescriptor.err));
    // Not exit(): nothing is left to do, and its log message costs time.
    Runtime.getRuntime().halt(exit);
  }

  /**
   * Runs one command.
   *
   * @return the exit code, as {@code gyre --help} lists them
   */
  public static int run(
      String[] args,
      Map<String, String> environment,
      InputStream in,
      OutputStream out,
      OutputStream err) {
    return run(args, environment, in, out, err, new SystemTime());
  }

  static int run(
      String[] args,
      Map<String, String> environment,
      InputStream in,
      OutputStream out,
      OutputStream err,
      LongSupplier clock) {
    Session session = new Session(environment, in, out, err, clock);
    CommandLine commands = Commands.forArguments(args, session);
    commands
        .setOut(new PrintWriter(session.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(session.err(), true, StandardCharsets.UTF_8))
        .setParameterExceptionHandler(new UsageReport(session))
        .setExecutionExceptionHandler(new FailureReport(session));
    int exit;
    try {
      exit = commands.execute(args);
    } catch (OutOfMemoryError e) {
      report(
          session,
          new CliFailure(
              Exit.FAILED, "too much for the memory of this command", "ask for less at once"));
      exit = Exit.FAILED;
    }
    session.out().flush();
    return exit;
  }

  private record SystemTime() implements LongSupplier {
    @Override
    public long getAsLong() {
      return System.currentTimeMillis();
    }
  }

  /** Not a lambda, here and below: the first lambda of a run costs more than a class. */
  private record UsageReport(Session session) implements IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException e, String[] args) {
      List<String> suggestions = List.of();
      if (e instanceof UnmatchedArgumentException unmatched) {
        suggestions = unmatched.getSuggestions();
      }
      session.note("error: " + e.getMessage());
      if (!suggestions.isEmpty()) {
        session.note("  did you mean " + String.join(" or ", suggestions) + "?");
      }
      session.note("  see " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help");
      return Exit.USAGE;
    }
  }

  private record FailureReport(Session session) implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
      if (e instanceof CliFailure failure) {
        report(session, failure);
        return failure.exitCode();
      }
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      String message = e.getMessage() == null ? e.toString() : e.getMessage();
      report(
          session, new CliFailure(Exit.FAILED, message, "GYRE_DEBUG=1 shows where", List.of(), e));
      return Exit.FAILED;
    }
  }

  static void report(Session session, CliFailure failure) {
    for (String detail : failure.details()) {
      session.note(detail);
    }
    session.note("error: " + failure.text());
    String hint = failure.hint();
    if (hint != null) {
      session.note("  " + hint);
    }
    if (session.variable("GYRE_DEBUG").equals("1")) {
      failure.printStackTrace(session.err());
    }
  }
}
