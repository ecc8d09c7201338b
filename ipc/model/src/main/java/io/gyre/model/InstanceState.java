package io.gyre.model;

import java.util.Locale;

/** The state of an instance as users see it, in lower case. */
public enum InstanceState {
  /** Decided, not yet commanded or not yet confirmed. */
  PENDING,
  STARTING,
  RUNNING,
  BACKING_OFF,
  /** Like BACKING_OFF or RUNNING, after it ended early at least three times in a row. */
  CRASH_LOOPING,
  STOPPING,
  EXITED,
  FAILED,
  /** Its deployment is stopped; it is kept, and can be started again. */
  STOPPED,
  /** Its runtime is away; what is said of it is what was last seen. */
  UNKNOWN;

  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
