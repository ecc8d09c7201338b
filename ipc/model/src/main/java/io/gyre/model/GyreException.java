package io.gyre.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The one failure that crosses module borders. The message is for the user; {@link #hint()} names
 * the next step; the {@link #code()} is stable and is what crosses the bus and HTTP.
 */
public final class GyreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ErrorKind kind;
  private final String code;
  private final @Nullable String hint;
  private final transient List<Violation> violations;

  /**
   * @param code stable, dotted, lower case: {@code deployment.not_found}
   * @param hint the next step, or null where the message says it all
   */
  public GyreException(ErrorKind kind, String code, String message, @Nullable String hint) {
    this(kind, code, message, hint, List.of(), null);
  }

  public GyreException(
      ErrorKind kind,
      String code,
      String message,
      @Nullable String hint,
      List<Violation> violations,
      @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.code = code;
    this.hint = hint;
    this.violations = List.copyOf(violations);
  }

  /** A refused input: every problem at once. */
  public static GyreException invalid(String code, List<Violation> violations) {
    String first = violations.isEmpty() ? "invalid input" : violations.getFirst().message();
    String message =
        violations.size() <= 1 ? first : violations.size() + " problems; the first: " + first;
    return new GyreException(ErrorKind.INVALID, code, message, null, violations, null);
  }

  public static GyreException notFound(String what, String name, @Nullable String hint) {
    return new GyreException(
        ErrorKind.NOT_FOUND, what + ".not_found", "no " + what + " " + name, hint);
  }

  public ErrorKind kind() {
    return kind;
  }

  public String code() {
    return code;
  }

  public @Nullable String hint() {
    return hint;
  }

  public List<Violation> violations() {
    return violations;
  }
}
