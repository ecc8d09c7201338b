package io.gyre.runtime.host.instance;

import io.gyre.model.InstanceId;
import io.gyre.runtime.host.report.Cause;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the host remembers of one instance. Any thread. */
final class Instance {
  private final InstanceId id;
  private final Mailbox mailbox;
  private Cause cause = Cause.own();
  private boolean commanded;
  private @Nullable Instant lastExitAt;
  private volatile @Nullable Duration stopGrace;
  private volatile @Nullable InstanceSpec nextSpec;

  Instance(InstanceId id) {
    this.id = id;
    this.mailbox = new Mailbox("instance " + id);
  }

  InstanceId id() {
    return id;
  }

  Mailbox mailbox() {
    return mailbox;
  }

  /**
   * It is being started with this. All of it isn't kept: there may be thousands of instances, each
   * with the content of its files.
   */
  void startsWith(InstanceSpec spec) {
    stopGrace = spec.stopGrace();
    nextSpec = null;
  }

  /** Null where another process started it. */
  @Nullable Duration stopGrace() {
    return stopGrace;
  }

  /** What its next start in place is made with; null: as it was made. */
  @Nullable InstanceSpec nextSpec() {
    return nextSpec;
  }

  void nextSpec(@Nullable InstanceSpec spec) {
    nextSpec = spec;
  }

  synchronized void commandBegins(Cause command) {
    cause = command;
    commanded = true;
  }

  synchronized void commandEnds() {
    commanded = false;
  }

  synchronized Cause cause() {
    return cause;
  }

  /**
   * What led to this: the command that runs or ran, unless a run has ended by itself since then.
   */
  synchronized Cause causeOf(InstanceStatus status) {
    InstanceStatus.Exit exit = status.lastExit();
    Instant exitAt = exit == null ? null : exit.at();
    boolean news = exitAt != null && !exitAt.equals(lastExitAt);
    if (news) {
      lastExitAt = exitAt;
      if (!commanded) {
        cause = Cause.own();
      }
    }
    return cause;
  }
}
