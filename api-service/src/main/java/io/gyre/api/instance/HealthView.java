package io.gyre.api.instance;

import io.gyre.model.HealthRestart;
import io.gyre.model.InstanceId;
import io.gyre.model.ProbeRecord;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the probes of an instance saw.
 *
 * @param restarts that failing checks asked for
 * @param restartAt when the next one is due; null: none is
 */
record HealthView(String instance, long restarts, @Nullable Instant restartAt, List<Check> checks) {

  /**
   * @param answers newest first
   */
  record Check(
      int index,
      String check,
      String role,
      String state,
      Instant since,
      Instant updatedAt,
      List<Answer> answers) {
    static Check of(ProbeRecord probe) {
      return new Check(
          probe.index(),
          probe.what(),
          probe.role(),
          probe.state().id(),
          probe.since(),
          probe.updatedAt(),
          probe.answers().reversed().stream().map(Answer::of).toList());
    }
  }

  /** The same answer, so often in a row. */
  record Answer(
      boolean ok, String detail, Instant first, Instant last, long times, long latencyMs) {
    static Answer of(ProbeRecord.Answer answer) {
      return new Answer(
          answer.ok(),
          answer.detail(),
          answer.first(),
          answer.last(),
          answer.times(),
          answer.latencyMs());
    }
  }

  static HealthView of(InstanceId instance, List<ProbeRecord> probes, HealthRestart restarts) {
    return new HealthView(
        instance.value(),
        restarts.restarts(),
        restarts.commanded() ? null : restarts.dueAt(),
        probes.stream().map(Check::of).toList());
  }
}
