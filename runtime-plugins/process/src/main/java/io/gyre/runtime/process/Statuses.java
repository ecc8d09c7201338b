package io.gyre.runtime.process;

import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.InstanceStatus.Exit;
import io.gyre.runtime.spi.InstanceStatus.State;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Turns a record of a keeper into a status. */
final class Statuses {
  private static final int LAST_LINES = 20;
  private static final int LINE_LENGTH = 500;
  private static final long SET_BACK_MS = 5000;
  private static final String UNSEEN =
      "it ended while its keeper was dead; its exit code is unknown";

  private Statuses() {}

  /**
   * @param lost whether keeper and main process are dead, which no record says
   */
  static InstanceStatus of(
      Identity identity, Optional<Journal.Line> record, InstanceDirectory directory, boolean lost) {
    if (record.isEmpty()) {
      return new InstanceStatus(
          identity.id(),
          identity.namespace(),
          identity.deployment(),
          identity.revision(),
          identity.fingerprint(),
          State.STARTING,
          null,
          null,
          "127.0.0.1",
          identity.ports(),
          null,
          0,
          0,
          null,
          null,
          "its keeper isn't up yet");
    }
    Journal.Line recorded = record.get();
    State state = lost ? lost(directory) : state(recorded);
    Journal.Line line =
        lost ? recorded.lost(recorded.event(), System.currentTimeMillis()) : recorded;
    Exit exit = line.hasExit() ? exit(line, directory) : null;
    return new InstanceStatus(
        identity.id(),
        identity.namespace(),
        identity.deployment(),
        identity.revision(),
        identity.fingerprint(),
        state,
        state == State.RUNNING ? line.main().map(ProcessIdentity::pid).orElse(null) : null,
        null,
        "127.0.0.1",
        identity.ports(),
        instant(line.startedAt()),
        line.restarts(),
        failures(line, state, directory),
        state == State.BACKING_OFF
            ? instant(line.next() == Journal.NONE ? line.at() : line.next())
            : null,
        exit,
        reason(identity, line, directory));
  }

  private static @Nullable String reason(
      Identity identity, Journal.Line line, InstanceDirectory directory) {
    if (!line.hasExit() || line.exitCode() == 0) {
      return null;
    }
    if (directory.killedForMemory(line.exitAt())) {
      Long limit = identity.limits().memoryBytes();
      return "killed: out of memory" + (limit == null ? "" : ", its limit is " + limit + " bytes");
    }
    return line.exitCode() == -1 ? UNSEEN : null;
  }

  private static State state(Journal.Line line) {
    return switch (line.event()) {
      case B -> State.BACKING_OFF;
      case E -> State.EXITED;
      case Z -> State.STOPPED;
      case K, S -> line.main().isPresent() ? State.RUNNING : State.STARTING;
    };
  }

  /** Keeper and main process are dead: what the host is about to make of it. */
  private static State lost(InstanceDirectory directory) {
    try {
      Policy policy = Policy.read(directory.policy());
      if (!policy.run()) {
        return State.STOPPED;
      }
      return policy.restarts(-1) ? State.BACKING_OFF : State.EXITED;
    } catch (IOException e) {
      return State.EXITED;
    }
  }

  /** A main process that has lived long enough has left its failures behind. */
  private static int failures(Journal.Line line, State state, InstanceDirectory directory) {
    if (line.failures() == 0 || state != State.RUNNING) {
      return line.failures();
    }
    try {
      long lived = System.currentTimeMillis() - line.startedAt();
      // Much less than nothing: the clock was set back since it started.
      return lived < -SET_BACK_MS || lived >= Policy.read(directory.policy()).resetMs()
          ? 0
          : line.failures();
    } catch (IOException e) {
      return line.failures();
    }
  }

  private static Exit exit(Journal.Line line, InstanceDirectory directory) {
    LogFiles logs = directory.logs();
    List<String> err =
        logs.tail(LogFiles.ERR, line.errFrom(), line.errTo(), LAST_LINES, LINE_LENGTH);
    List<String> out =
        logs.tail(LogFiles.OUT, line.outFrom(), line.outTo(), LAST_LINES, LINE_LENGTH);
    int outKept = Math.min(out.size(), Math.max(LAST_LINES - err.size(), LAST_LINES / 4));
    int errKept = Math.min(err.size(), LAST_LINES - outKept);
    List<String> lines = new ArrayList<>(out.subList(out.size() - outKept, out.size()));
    lines.addAll(err.subList(err.size() - errKept, err.size()));
    return new Exit(line.exitCode(), Instant.ofEpochMilli(line.exitAt()), lines);
  }

  private static @Nullable Instant instant(long ms) {
    return ms == Journal.NONE ? null : Instant.ofEpochMilli(ms);
  }
}
