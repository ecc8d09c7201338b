package io.gyre.api.problem;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A failure whose HTTP status no kind of failure has, such as 412. */
public final class StatusException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String code;
  private final @Nullable String hint;
  private final transient Map<String, String> headers;

  public StatusException(int status, String code, String message, @Nullable String hint) {
    this(status, code, message, hint, Map.of());
  }

  /**
   * @param headers that the answer has besides
   */
  public StatusException(
      int status, String code, String message, @Nullable String hint, Map<String, String> headers) {
    super(message);
    this.status = status;
    this.code = code;
    this.hint = hint;
    this.headers = Map.copyOf(headers);
  }

  Map<String, String> headers() {
    return headers;
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
