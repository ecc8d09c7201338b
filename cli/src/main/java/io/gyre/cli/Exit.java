package io.gyre.cli;

/**
 * What {@code gyre} ends with.
 *
 * <pre>
 * 0  done                     4  not found
 * 1  failed                   5  conflict, or it exists already
 * 2  wrong usage; changes     6  not authorised
 *    to make ({@code plan})
 * 3  Gyre cannot be reached
 * </pre>
 *
 * {@code exec} ends with the status of the command that it ran.
 */
final class Exit {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int USAGE = 2;
  static final int CHANGES = 2;
  static final int UNREACHABLE = 3;
  static final int NOT_FOUND = 4;
  static final int CONFLICT = 5;
  static final int UNAUTHORISED = 6;

  private Exit() {}

  /** The exit code for an HTTP status of 400 and above. */
  static int ofStatus(int status) {
    return switch (status) {
      case 401, 403 -> UNAUTHORISED;
      case 404 -> NOT_FOUND;
      case 409, 412 -> CONFLICT;
      case 503 -> UNREACHABLE;
      default -> FAILED;
    };
  }

  /** The exit code for the kind of an error that came inside a stream. */
  static int ofKind(String kind) {
    return switch (kind) {
      case "UNAUTHENTICATED", "FORBIDDEN" -> UNAUTHORISED;
      case "NOT_FOUND" -> NOT_FOUND;
      case "ALREADY_EXISTS", "CONFLICT" -> CONFLICT;
      case "UNAVAILABLE" -> UNREACHABLE;
      default -> FAILED;
    };
  }
}
