package io.gyre.api.problem;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import java.util.List;
import org.eclipse.jetty.http.HttpStatus;
import org.jspecify.annotations.Nullable;

/**
 * The body of every answer that isn't 2xx.
 *
 * @param code stable, for programs
 * @param detail for people
 * @param hint the next step
 */
public record Problem(
    String type,
    String title,
    int status,
    String detail,
    String code,
    @Nullable String hint,
    @Nullable List<Entry> violations,
    String correlation) {
  public static final String MEDIA_TYPE = "application/problem+json";

  /** One problem of the input; lines and columns count from 1. */
  public record Entry(
      String code,
      String path,
      String message,
      @Nullable String file,
      @Nullable Integer line,
      @Nullable Integer column) {
    static Entry of(Violation violation) {
      return new Entry(
          violation.code(),
          violation.path(),
          violation.message(),
          violation.file(),
          violation.line() > 0 ? violation.line() : null,
          violation.column() > 0 ? violation.column() : null);
    }
  }

  static Problem of(int status, String code, String detail, @Nullable String hint) {
    return new Problem(
        "about:blank", HttpStatus.getMessage(status), status, detail, code, hint, null, "");
  }

  public static Problem of(GyreException e) {
    Problem plain =
        of(status(e), e.code(), e.getMessage() == null ? e.code() : e.getMessage(), e.hint());
    return e.violations().isEmpty()
        ? plain
        : plain.withViolations(e.violations().stream().map(Entry::of).toList());
  }

  /** 429 asks a client to send less; that frees no disk. */
  private static int status(GyreException e) {
    return e.kind() == ErrorKind.EXHAUSTED && e.code().endsWith(".disk_full")
        ? HttpStatus.INSUFFICIENT_STORAGE_507
        : e.kind().httpStatus();
  }

  private Problem withViolations(List<Entry> entries) {
    return new Problem(type, title, status, detail, code, hint, entries, correlation);
  }

  public Problem withCorrelation(String id) {
    return new Problem(type, title, status, detail, code, hint, violations, id);
  }
}
