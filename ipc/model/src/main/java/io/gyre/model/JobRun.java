package io.gyre.model;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One run of a job. Written by the reconciler only.
 *
 * @param uid of the deployment
 * @param number from 1, growing
 * @param by who asked for it; empty where its time had come
 * @param request that it answers, 0: none
 * @param scheduledAt the time of the schedule that it stands for; null: none
 * @param policy what it began with
 * @param startedAt when its first instance was made
 * @param clock when that was, by the clock that nobody sets; null before it
 * @param exitCode of the attempt that decided it
 * @param reason short and stable, null where the state says it all
 * @param message the reason in words
 */
public record JobRun(
    DeploymentKey key,
    String uid,
    long number,
    long revision,
    Trigger trigger,
    String by,
    long request,
    @Nullable Instant scheduledAt,
    JobPolicy policy,
    State state,
    Instant createdAt,
    @Nullable Instant startedAt,
    @Nullable BootTime clock,
    @Nullable Instant endedAt,
    @Nullable Integer exitCode,
    @Nullable String reason,
    @Nullable String message,
    String correlation) {
  /** What it was started by. */
  public enum Trigger {
    /** A revision that wasn't run before. */
    REVISION,
    SCHEDULE,
    /** {@code gyre job run}. */
    REQUEST;

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public enum State {
    /** Waits for what must come first. */
    PENDING,
    RUNNING,
    SUCCEEDED,
    FAILED,
    TIMED_OUT,
    CANCELLED;

    public boolean ended() {
      return switch (this) {
        case PENDING, RUNNING -> false;
        case SUCCEEDED, FAILED, TIMED_OUT, CANCELLED -> true;
      };
    }

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** It goes on from PENDING. */
  public JobRun begun(Instant at, BootTime boot) {
    return with(State.RUNNING, at, boot, null, null, null, null);
  }

  public JobRun ended(
      State how, Instant at, @Nullable Integer code, @Nullable String why, @Nullable String words) {
    return with(how, startedAt, clock, at, code, why, words);
  }

  /** Says why it is as it is. */
  public JobRun saying(@Nullable String why, @Nullable String words) {
    return with(state, startedAt, clock, endedAt, exitCode, why, words);
  }

  private JobRun with(
      State next,
      @Nullable Instant started,
      @Nullable BootTime boot,
      @Nullable Instant ended,
      @Nullable Integer code,
      @Nullable String why,
      @Nullable String words) {
    return new JobRun(
        key,
        uid,
        number,
        revision,
        trigger,
        by,
        request,
        scheduledAt,
        policy,
        next,
        createdAt,
        started,
        boot,
        ended,
        code,
        why,
        words,
        correlation);
  }
}
