package io.gyre.model;

import java.util.Locale;

/** The state of a deployment as users see it, in lower case. */
public enum DeploymentPhase {
  /** Accepted, nothing decided yet. */
  PENDING,
  /** On its way to the desired state. */
  CREATING,
  /** As many ready instances of the current revision as desired, and no others. */
  RUNNING,
  /** At least one instance ends early again and again. */
  CRASH_LOOPING,
  /** At least one instance cannot be started; the reason says why. */
  FAILED,
  /** Nothing is desired and nothing runs. */
  STOPPED,
  DELETING,
  /** A job whose last run succeeded. */
  COMPLETED;

  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
