package io.gyre.runtime.host;

import io.gyre.bus.BusHandler;
import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import io.gyre.model.Component;
import io.gyre.model.PluginChange;
import io.gyre.runtime.host.instance.Instances;
import io.gyre.runtime.host.plugin.Runtimes;
import io.gyre.runtime.host.report.Cause;
import io.gyre.runtime.host.stream.Streams;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the host hears from the bus. Commands of a reconciler that is older than the newest heard of
 * are refused.
 */
final class BusMessages implements BusHandler {
  private static final Logger log = LoggerFactory.getLogger(BusMessages.class);

  /** Whoever asked has long given up and may have done something else. */
  private static final Duration OLD_WISH = Duration.ofMinutes(2);

  private final Instances instances;
  private final Streams streams;
  private final Runtimes runtimes;
  private final Clock clock;
  private final CountDownLatch begun = new CountDownLatch(1);
  private long newestEpoch;
  private volatile boolean closed;

  BusMessages(Instances instances, Streams streams, Runtimes runtimes, Clock clock) {
    this.instances = instances;
    this.streams = streams;
    this.runtimes = runtimes;
    this.clock = clock;
  }

  /** Until then messages wait. */
  void begin() {
    begun.countDown();
  }

  void close() {
    closed = true;
    begun.countDown();
  }

  @Override
  public void onMessage(Envelope envelope, Message message) {
    try {
      begun.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    if (closed || isStale(envelope)) {
      return;
    }
    switch (message) {
      case Message.Command command -> command(envelope, command);
      case Message.OpenLogs logs -> streams.open(logs);
      case Message.OpenExec exec -> streams.open(exec);
      case Message.RollBackPlugin wish -> rollBack(envelope, wish);
      case Message.DeploymentChanged changed -> {}
      case Message.RegistryLoginChanged changed -> {}
      case Message.ContentChanged changed ->
          instances.contentChanged(changed.deployment(), Cause.of(envelope));
      case Message.RemoveVolume wish -> instances.removeVolume(wish, Cause.of(envelope));
      case Message.Fact fact -> {}
      case Message.StateChanged changed -> {}
      case Message.DeploymentRemoved removed -> {}
      case Message.RolledBack back -> {}
      case Message.DeploymentHalted halted -> {}
      case Message.ReplicasDecided decided -> {}
      case Message.ComponentChanged changed -> {}
    }
  }

  private void rollBack(Envelope envelope, Message.RollBackPlugin wish) {
    if (envelope.sentAt().isBefore(clock.instant().minus(OLD_WISH))) {
      instances.news(
          PluginChange.ROLLBACK_FAILED,
          "runtime " + wish.runtime() + " was not rolled back: it was asked for too long ago",
          envelope.correlation());
      return;
    }
    runtimes.rollBack(wish.runtime(), wish.fromSha256(), wish.actor(), envelope.correlation());
  }

  private void command(Envelope envelope, Message.Command command) {
    if (envelope.sender() != Component.RECONCILER) {
      log.warn("refused {} from {}", command, envelope.sender().id());
      return;
    }
    log.debug("{} ({})", command, envelope.correlation());
    instances.accept(envelope, command);
  }

  private boolean isStale(Envelope envelope) {
    if (envelope.sender() != Component.RECONCILER) {
      return false;
    }
    if (envelope.senderEpoch() < newestEpoch) {
      log.warn(
          "refused {} of reconciler epoch {}: {} is the newest",
          envelope.id(),
          envelope.senderEpoch(),
          newestEpoch);
      return true;
    }
    newestEpoch = envelope.senderEpoch();
    return false;
  }
}
