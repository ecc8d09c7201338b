package io.gyre.model;

/**
 * The kinds of failure, and what each means at the edges.
 *
 * <pre>
 * kind            HTTP  exit  what to do
 * INVALID          422    1   mend the input; nothing was changed
 * UNAUTHENTICATED  401    6   give a valid token
 * FORBIDDEN        403    6   use an identity that may do this
 * NOT_FOUND        404    4   check the name and the namespace
 * ALREADY_EXISTS   409    5   choose another name
 * CONFLICT         409    5   read the current state and try again
 * TOO_LARGE        413    1   send less
 * UNSUPPORTED      422    1   use what this runtime or version can do
 * EXHAUSTED        429    1   free what is used up, or wait; 507 where it is the disk
 * UNAVAILABLE      503    3   wait; the part that answers is away
 * TIMEOUT          504    1   try again, or allow more time
 * RUNTIME          502    1   read the runtime's answer
 * INTERNAL         500    1   report it with the log
 * </pre>
 */
public enum ErrorKind {
  INVALID(422, 1, false),
  UNAUTHENTICATED(401, 6, false),
  FORBIDDEN(403, 6, false),
  NOT_FOUND(404, 4, false),
  ALREADY_EXISTS(409, 5, false),
  CONFLICT(409, 5, true),
  TOO_LARGE(413, 1, false),
  UNSUPPORTED(422, 1, false),
  EXHAUSTED(429, 1, true),
  UNAVAILABLE(503, 3, true),
  TIMEOUT(504, 1, true),
  RUNTIME(502, 1, true),
  INTERNAL(500, 1, false);

  private final int httpStatus;
  private final int exitCode;
  private final boolean retryable;

  ErrorKind(int httpStatus, int exitCode, boolean retryable) {
    this.httpStatus = httpStatus;
    this.exitCode = exitCode;
    this.retryable = retryable;
  }

  public int httpStatus() {
    return httpStatus;
  }

  public int exitCode() {
    return exitCode;
  }

  /** Whether the same request may succeed later without a change by the user. */
  public boolean retryable() {
    return retryable;
  }
}
