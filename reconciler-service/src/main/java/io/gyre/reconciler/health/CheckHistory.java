package io.gyre.reconciler.health;

import io.gyre.model.HealthCheck;
import io.gyre.model.InstanceRecord;
import io.gyre.model.ProbeRecord;
import io.gyre.model.ProbeRecord.Answer;
import io.gyre.model.ProbeRecord.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the probes of one check of one instance saw, and how much of that is stored. Answers that
 * are the same are one entry, which is written again only now and then. Guarded by its instance.
 */
final class CheckHistory {
  /** How old the stored time of an answer that came again may be. */
  static final Duration REPEATED = Duration.ofSeconds(60);

  private static final int LONGEST_DETAIL = 400;

  private ProbeRecord record;
  private boolean unsaved;

  /**
   * @param before what is known of the same check, perhaps of an earlier main process; null:
   *     nothing
   */
  CheckHistory(
      InstanceRecord instance,
      int index,
      HealthCheck check,
      @Nullable ProbeRecord before,
      Instant now) {
    String what = what(check);
    ProbeRecord known = before != null && before.what().equals(what) ? before : null;
    ProbeRecord current =
        known != null && sameMoment(known.run(), instance.startedAt()) ? known : null;
    this.record =
        new ProbeRecord(
            instance.id(),
            instance.deployment(),
            index,
            what,
            role(check),
            instance.startedAt(),
            current == null ? State.UNKNOWN : current.state(),
            current == null ? now : current.since(),
            known == null ? List.of() : known.answers(),
            current == null ? now : current.updatedAt());
    this.unsaved = current == null;
  }

  private static boolean sameMoment(@Nullable Instant one, @Nullable Instant other) {
    return one != null && other != null && one.toEpochMilli() == other.toEpochMilli();
  }

  ProbeRecord record() {
    return record;
  }

  boolean unsaved() {
    return unsaved;
  }

  void saved() {
    unsaved = false;
  }

  void forgetSaved() {
    unsaved = true;
  }

  void answered(ProbeResult result, State state, Instant now, long latencyMs) {
    String detail = cut(result.detail());
    List<Answer> answers = new ArrayList<>(record.answers());
    Answer last = answers.isEmpty() ? null : answers.getLast();
    boolean again = false;
    if (last != null && last.ok() == result.ok() && last.detail().equals(detail)) {
      again = true;
      answers.set(
          answers.size() - 1,
          new Answer(last.ok(), last.detail(), last.first(), now, last.times() + 1, latencyMs));
    } else {
      answers.add(new Answer(result.ok(), detail, now, now, 1, latencyMs));
      if (answers.size() > ProbeRecord.KEPT) {
        answers.removeFirst();
      }
    }
    boolean newState = state != record.state();
    boolean old = !now.isBefore(record.updatedAt().plus(REPEATED));
    boolean news = newState || !again || old;
    record =
        new ProbeRecord(
            record.instance(),
            record.deployment(),
            record.index(),
            record.what(),
            record.role(),
            record.run(),
            state,
            newState ? now : record.since(),
            answers,
            news ? now : record.updatedAt());
    unsaved |= news;
  }

  private static String cut(String detail) {
    return detail.length() <= LONGEST_DETAIL
        ? detail
        : detail.substring(0, LONGEST_DETAIL - 1) + "…";
  }

  static String role(HealthCheck check) {
    return check.startup() ? "startup" : check.readiness() ? "readiness" : "liveness";
  }

  static String what(HealthCheck check) {
    return switch (check.probe()) {
      case HealthCheck.Probe.Tcp tcp -> "tcp " + (tcp.port() == 0 ? "PORT" : tcp.port());
      case HealthCheck.Probe.Http http -> "http " + http.method() + " " + http.url();
      case HealthCheck.Probe.Command command -> "command " + String.join(" ", command.command());
    };
  }
}
