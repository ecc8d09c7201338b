package io.gyre.model;

/**
 * What a runtime sees of an instance.
 *
 * <pre>
 *  STARTING ──▶ RUNNING ──▶ BACKING_OFF ──▶ RUNNING …     (restart policy)
 *     │            ├──────▶ EXITED                         (policy says: no restart)
 *     └──▶ FAILED  └──────▶ STOPPED                        (was told to)
 * </pre>
 */
public enum ObservedState {
  /** Being made: image pull, create, first start. */
  STARTING,
  RUNNING,
  /** Ended by itself; the next start is due at a known time. */
  BACKING_OFF,
  /** Ended by itself and stays so. */
  EXITED,
  /** Stopped as commanded, can be started again. */
  STOPPED,
  /** Could not be started; the reason says why. */
  FAILED;

  public boolean live() {
    return this == STARTING || this == RUNNING || this == BACKING_OFF;
  }
}
