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
 * are the same are one entry, which is written again only now and then, and costs no memory
 * meanwhile. Guarded by its instance.
 */
final class CheckHistory {
  /** How old the stored time of an answer that came again may be. */
  static final Duration REPEATED = Duration.ofSeconds(60);

  private static final int LONGEST_DETAIL = 400;

  /** But for how often, when and how fast the newest answer came last. */
  private ProbeRecord record;

  private long times;
  private long lastMs;
  private long latencyMs;
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
    if (!record.answers().isEmpty()) {
      Answer newest = record.answers().getLast();
      times = newest.times();
      lastMs = newest.last().toEpochMilli();
      latencyMs = newest.latencyMs();
    }
  }

  private static boolean sameMoment(@Nullable Instant one, @Nullable Instant other) {
    return one != null && other != null && one.toEpochMilli() == other.toEpochMilli();
  }

  /** Of its newest answer only what it was. */
  ProbeRecord record() {
    return record;
  }

  boolean unsaved() {
    return unsaved;
  }

  /** All of it, to be stored now. */
  ProbeRecord take() {
    record = with(record.state(), record.since(), answers(), Instant.ofEpochMilli(newest()));
    unsaved = false;
    return record;
  }

  private long newest() {
    return Math.max(lastMs, record.updatedAt().toEpochMilli());
  }

  void forgetSaved() {
    unsaved = true;
  }

  void answered(ProbeResult result, State state, Instant now, long took) {
    String detail = cut(result.detail());
    Answer last = record.answers().isEmpty() ? null : record.answers().getLast();
    boolean again = last != null && last.ok() == result.ok() && last.detail().equals(detail);
    boolean newState = state != record.state();
    Instant since = newState ? now : record.since();
    if (again) {
      times++;
      lastMs = now.toEpochMilli();
      latencyMs = took;
      if (newState) {
        record = with(state, since, answers(), now);
      }
      unsaved |= newState || !now.isBefore(record.updatedAt().plus(REPEATED));
      return;
    }
    List<Answer> answers = new ArrayList<>(answers());
    answers.add(new Answer(result.ok(), detail, now, now, 1, took));
    if (answers.size() > ProbeRecord.KEPT) {
      answers.removeFirst();
    }
    times = 1;
    lastMs = now.toEpochMilli();
    latencyMs = took;
    record = with(state, since, answers, now);
    unsaved = true;
  }

  /** With all that is known of the newest one. */
  private List<Answer> answers() {
    if (record.answers().isEmpty()) {
      return List.of();
    }
    List<Answer> answers = new ArrayList<>(record.answers());
    Answer newest = answers.removeLast();
    answers.add(
        new Answer(
            newest.ok(),
            newest.detail(),
            newest.first(),
            Instant.ofEpochMilli(lastMs),
            times,
            latencyMs));
    return answers;
  }

  private ProbeRecord with(State state, Instant since, List<Answer> answers, Instant updatedAt) {
    return new ProbeRecord(
        record.instance(),
        record.deployment(),
        record.index(),
        record.what(),
        record.role(),
        record.run(),
        state,
        since,
        answers,
        updatedAt);
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
