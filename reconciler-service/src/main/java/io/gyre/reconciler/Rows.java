package io.gyre.reconciler;

import io.gyre.model.DesiredDeployment;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import io.gyre.model.Shortage;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes and changes instance rows. Pure. */
final class Rows {
  private Rows() {}

  static InstanceRecord created(
      InstanceId id, DesiredDeployment desired, int ordinal, String correlation, Instant now) {
    return new InstanceRecord(
        id,
        desired.key(),
        desired.revision(),
        ordinal,
        desired.spec().runtime(),
        false,
        InstanceState.PENDING,
        false,
        null,
        null,
        null,
        List.of(),
        0,
        desired.restartNonce(),
        now,
        null,
        null,
        null,
        null,
        null,
        correlation,
        now);
  }

  /** It waits until the host has room. */
  static InstanceRecord waiting(InstanceRecord row, Shortage shortage, Instant now) {
    return with(
        row,
        row.removing(),
        InstanceState.PENDING,
        false,
        row.restartNonce(),
        null,
        shortage.reason(),
        shortage.message(),
        now);
  }

  static InstanceRecord removing(InstanceRecord row, Instant now) {
    return with(
        row, true, InstanceState.STOPPING, false, row.restartNonce(), null, null, null, now);
  }

  static InstanceRecord draining(InstanceRecord row, boolean removing, Instant until, Instant now) {
    return with(
        row,
        removing,
        removing ? InstanceState.STOPPING : row.state(),
        false,
        row.restartNonce(),
        until,
        InstanceRecord.DRAINING,
        "it runs on until clients have left it",
        now);
  }

  static InstanceRecord stopping(InstanceRecord row, Instant now) {
    return with(
        row, false, InstanceState.STOPPING, false, row.restartNonce(), null, null, null, now);
  }

  /** It is to end and to stay as it is then. */
  static InstanceRecord stopping(InstanceRecord row, @Nullable Instant nextTry, Instant now) {
    return with(
        row,
        row.removing(),
        InstanceState.STOPPING,
        false,
        row.restartNonce(),
        nextTry,
        row.reason(),
        row.message(),
        now);
  }

  static InstanceRecord pending(InstanceRecord row, @Nullable String message, Instant now) {
    return with(
        row,
        row.removing(),
        InstanceState.PENDING,
        false,
        row.restartNonce(),
        null,
        null,
        message,
        now);
  }

  static InstanceRecord failed(
      InstanceRecord row, String reason, String message, Instant nextStartAt, Instant now) {
    InstanceState state = row.removing() ? InstanceState.STOPPING : InstanceState.FAILED;
    return with(
        row, row.removing(), state, false, row.restartNonce(), nextStartAt, reason, message, now);
  }

  /** As it is, with something that a user should know. */
  static InstanceRecord noted(InstanceRecord row, String reason, String message, Instant now) {
    return with(
        row,
        row.removing(),
        row.state(),
        row.ready(),
        row.restartNonce(),
        row.nextStartAt(),
        reason,
        message,
        now);
  }

  static InstanceRecord restarted(InstanceRecord row, long nonce, Instant now) {
    return with(
        row,
        row.removing(),
        row.state(),
        row.ready(),
        Math.max(row.restartNonce(), nonce),
        row.nextStartAt(),
        row.reason(),
        row.message(),
        now);
  }

  static InstanceRecord ready(
      InstanceRecord row, boolean ready, @Nullable String message, Instant now) {
    return with(
        row,
        row.removing(),
        row.state(),
        ready,
        row.restartNonce(),
        row.nextStartAt(),
        ready ? null : "not_ready",
        message,
        now);
  }

  static InstanceRecord stable(InstanceRecord row, boolean ready, Instant now) {
    return with(
        row,
        row.removing(),
        InstanceState.RUNNING,
        ready,
        row.restartNonce(),
        null,
        null,
        null,
        now);
  }

  private static InstanceRecord with(
      InstanceRecord row,
      boolean removing,
      InstanceState state,
      boolean ready,
      long restartNonce,
      @Nullable Instant nextStartAt,
      @Nullable String reason,
      @Nullable String message,
      Instant now) {
    return new InstanceRecord(
        row.id(),
        row.deployment(),
        row.revision(),
        row.ordinal(),
        row.runtime(),
        removing,
        state,
        ready,
        row.pid(),
        row.handle(),
        row.address(),
        row.ports(),
        row.restarts(),
        restartNonce,
        row.createdAt(),
        row.startedAt(),
        nextStartAt,
        row.lastExit(),
        reason,
        message,
        row.correlation(),
        now);
  }
}
