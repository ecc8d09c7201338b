package io.gyre.api.problem;

import org.jspecify.annotations.Nullable;

/** A failure whose HTTP status no kind of failure has, such as 412. */
public final class StatusException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String code;
  private final @Nullable String hint;

  public StatusException(int status, String code, String message, @Nullable String hint) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  @Nullable String hint() {
    return hint;
  }
}
