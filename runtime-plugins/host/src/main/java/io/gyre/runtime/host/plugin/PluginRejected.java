package io.gyre.runtime.host.plugin;

/** A jar that can't be used; the message says why in words for the user. */
final class PluginRejected extends Exception {
  private static final long serialVersionUID = 1;

  /** When the same jar may do. */
  enum Again {
    NEVER,
    /** It looks as if it is still being written. */
    SOON,
    /** When the runtime that it is for has become ready. */
    WHEN_READY
  }

  private final Again again;

  PluginRejected(String reason) {
    this(reason, Again.NEVER);
  }

  PluginRejected(String reason, Again again) {
    super(reason);
    this.again = again;
  }

  Again again() {
    return again;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
