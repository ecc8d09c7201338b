package io.gyre.model;

/** What happened to a plugin. */
public enum PluginChange {
  LOADED,
  SWAPPED,
  ROLLED_BACK,
  REJECTED,
  ROLLBACK_FAILED;

  /** Whether somebody should look at it. */
  public boolean bad() {
    return this == REJECTED || this == ROLLBACK_FAILED;
  }
}
