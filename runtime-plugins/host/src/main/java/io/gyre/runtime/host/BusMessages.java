package io.gyre.runtime.host;

import io.gyre.bus.BusHandler;
import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import io.gyre.model.Component;
import io.gyre.runtime.host.instance.Instances;
import io.gyre.runtime.host.stream.Streams;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the host hears from the bus. Commands of a reconciler that is older than the newest heard of
 * are refused.
 */
final class BusMessages implements BusHandler {
  private static final Logger log = LoggerFactory.getLogger(BusMessages.class);

  private final Instances instances;
  private final Streams streams;
  private final CountDownLatch begun = new CountDownLatch(1);
  private long newestEpoch;
  private volatile boolean closed;

  BusMessages(Instances instances, Streams streams) {
    this.instances = instances;
    this.streams = streams;
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
      case Message.DeploymentChanged changed -> {}
      case Message.Fact fact -> {}
      case Message.StateChanged changed -> {}
      case Message.DeploymentRemoved removed -> {}
      case Message.RolledBack back -> {}
      case Message.ComponentChanged changed -> {}
    }
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
