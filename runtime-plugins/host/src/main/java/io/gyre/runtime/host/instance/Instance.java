package io.gyre.runtime.host.instance;

import io.gyre.model.InstanceId;
import io.gyre.runtime.host.report.Cause;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What the host remembers of one instance. Any thread. */
final class Instance {
  private final InstanceId id;
  private final Mailbox mailbox;
  private Cause cause = Cause.own();
  private boolean commanded;
  private @Nullable Instant lastExitAt;
  private volatile @Nullable InstanceSpec spec;

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

  /** What it was started with; null where another process started it. */
  @Nullable InstanceSpec spec() {
    return spec;
  }

  void spec(InstanceSpec started) {
    spec = started;
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
