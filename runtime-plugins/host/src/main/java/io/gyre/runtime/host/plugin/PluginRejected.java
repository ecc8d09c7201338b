package io.gyre.runtime.host.plugin;

/** A jar that can't be used; the message says why in words for the user. */
final class PluginRejected extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean incomplete;

  PluginRejected(String reason) {
    this(reason, false);
  }

  PluginRejected(String reason, boolean incomplete) {
    super(reason);
    this.incomplete = incomplete;
  }

  /** Whether it looks as if it is still being written. */
  boolean incomplete() {
    return incomplete;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
