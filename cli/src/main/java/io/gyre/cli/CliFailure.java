package io.gyre.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Ends a command: what went wrong, what to do next, and the exit code. */
final class CliFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int exitCode;
  private final @Nullable String hint;
  private final transient List<String> details;
  private final transient List<String> codes;

  /**
   * @param details lines that are printed as they are before the message
   * @param hint the next step, or null where the message says it all
   */
  CliFailure(
      int exitCode,
      String message,
      @Nullable String hint,
      List<String> details,
      @Nullable Throwable cause) {
    this(exitCode, message, hint, details, List.of(), cause);
  }

  /**
   * @param codes of the API's problem and of its violations
   */
  CliFailure(
      int exitCode,
      String message,
      @Nullable String hint,
      List<String> details,
      List<String> codes,
      @Nullable Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
    this.hint = hint;
    this.details = List.copyOf(details);
    this.codes = List.copyOf(codes);
  }

  CliFailure(int exitCode, String message, @Nullable String hint) {
    this(exitCode, message, hint, List.of(), null);
  }

  static CliFailure usage(String message, @Nullable String hint) {
    return new CliFailure(Exit.USAGE, message, hint);
  }

  int exitCode() {
    return exitCode;
  }

  String text() {
    String message = getMessage();
    return message == null ? "failed" : message;
  }

  @Nullable String hint() {
    return hint;
  }

  List<String> codes() {
    return codes;
  }

  List<String> details() {
    return details;
  }
}
