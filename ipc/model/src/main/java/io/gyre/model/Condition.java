package io.gyre.model;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One aspect of a deployment or an instance. Written by the reconciler only.
 *
 * @param reason short and stable
 * @param message the reason in words; null where it says all
 * @param since when the status became as it is; a restart of Gyre doesn't change it
 * @param observedGeneration of the desired state that this speaks of
 */
public record Condition(
    Type type,
    Status status,
    String reason,
    @Nullable String message,
    Instant since,
    long observedGeneration) {
  public enum Type {
    /** Deployment: as many instances serve as must. */
    AVAILABLE,
    /** Deployment: it is on its way to what is wanted. */
    PROGRESSING,
    /** Deployment: every instance is well. Instance: its checks pass. */
    HEALTHY,
    /** Deployment: it waits for deployments that it depends on. */
    WAITING,
    /** Deployment: its rollout stands still. */
    PAUSED,
    /** Deployment: it is stopped. */
    STOPPED,
    /** Instance: its main process runs. */
    STARTED,
    /** Instance: it serves. */
    READY,
    /** Instance: it ends early again and again. */
    CRASH_LOOPING;

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public enum Status {
    TRUE,
    FALSE,
    UNKNOWN;

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Apart from its time. */
  public boolean says(Condition other) {
    return type == other.type
        && status == other.status
        && reason.equals(other.reason)
        && java.util.Objects.equals(message, other.message)
        && observedGeneration == other.observedGeneration;
  }

  public Condition since(Instant moment) {
    return new Condition(type, status, reason, message, moment, observedGeneration);
  }
}
