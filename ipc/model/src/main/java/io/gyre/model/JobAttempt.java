package io.gyre.model;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One instance of a run. Written by the reconciler only; once it has ended it never changes, so
 * that an end counts once.
 *
 * @param number within the run, from 1
 * @param index of the completion that it is for, from 0
 */
public record JobAttempt(
    DeploymentKey key,
    long run,
    int number,
    int index,
    InstanceId instance,
    State state,
    Instant createdAt,
    @Nullable Instant endedAt,
    @Nullable Integer exitCode,
    @Nullable String message) {
  public enum State {
    /** Being made, or running. */
    ACTIVE,
    SUCCEEDED,
    FAILED,
    /** The run ended before it did. */
    STOPPED;

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public JobAttempt ended(State how, Instant at, @Nullable Integer code, @Nullable String words) {
    return new JobAttempt(key, run, number, index, instance, how, createdAt, at, code, words);
  }
}
