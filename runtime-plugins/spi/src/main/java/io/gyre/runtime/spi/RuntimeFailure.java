package io.gyre.runtime.spi;

import org.jspecify.annotations.Nullable;

/** A call that did not do what it was asked to. The message is for the user. */
public final class RuntimeFailure extends Exception {
  private static final long serialVersionUID = 1;

  public enum Kind {
    /**
     * The spec can't be run as it is: missing binary, bad user, no such directory. Trying again
     * without a change is in vain.
     */
    INVALID,
    /** This runtime can't do that. */
    UNSUPPORTED,
    /** What it needs isn't there: image, network. May come. */
    NOT_FOUND,
    /** In the way: a port or name in use, wrong state. May go. */
    CONFLICT,
    /** Ports, memory, disk used up. May be freed. */
    EXHAUSTED,
    /** The engine is away. */
    UNAVAILABLE,
    TIMEOUT,
    /** The engine answered with a failure of its own. */
    ENGINE
  }

  private final Kind kind;
  private final String code;
  private final @Nullable String hint;

  /**
   * @param code stable, snake case, as in {@code image_pull_failed}
   * @param hint the next step for the user, or null
   */
  public RuntimeFailure(Kind kind, String code, String message, @Nullable String hint) {
    this(kind, code, message, hint, null);
  }

  public RuntimeFailure(
      Kind kind, String code, String message, @Nullable String hint, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.code = code;
    this.hint = hint;
  }

  public Kind kind() {
    return kind;
  }

  public String code() {
    return code;
  }

  public @Nullable String hint() {
    return hint;
  }
}
