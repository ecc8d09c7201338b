package io.gyre.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How far the runs of a job are decided. Written by the reconciler only, together with the runs.
 *
 * @param uid of the deployment
 * @param lastRun the number given last, 0: none
 * @param revision the last one that a run was made for, 0: none
 * @param request the last one that was answered, 0: none
 * @param schedule the schedule that {@code decidedUntil} speaks of, empty: none
 * @param decidedUntil times of the schedule up to this one are dealt with; null: no schedule
 */
public record JobRecord(
    DeploymentKey key,
    String uid,
    long lastRun,
    long revision,
    long request,
    String schedule,
    @Nullable Instant decidedUntil) {
  public JobRecord numbered(long run) {
    return new JobRecord(key, uid, run, revision, request, schedule, decidedUntil);
  }

  public JobRecord ofRevision(long other) {
    return new JobRecord(key, uid, lastRun, other, request, schedule, decidedUntil);
  }

  public JobRecord answered(long seq) {
    return new JobRecord(key, uid, lastRun, revision, seq, schedule, decidedUntil);
  }

  public JobRecord decided(String text, @Nullable Instant until) {
    return new JobRecord(key, uid, lastRun, revision, request, text, until);
  }
}
