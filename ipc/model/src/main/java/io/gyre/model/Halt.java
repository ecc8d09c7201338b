package io.gyre.model;

/**
 * That a deployment is to stand still: its instances are stopped and kept.
 *
 * @param reason short and stable: {@link #ASKED} or {@link #HEALTH_CHECK}
 * @param message the reason in words
 */
public record Halt(String reason, String message) {
  /** Somebody asked for it. */
  public static final String ASKED = "stopped_as_asked";

  /** A health check with {@code on_failure: stop} failed. */
  public static final String HEALTH_CHECK = "stopped_by_health_check";
}
