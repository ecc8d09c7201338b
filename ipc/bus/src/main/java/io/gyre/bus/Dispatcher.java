package io.gyre.bus;

import io.gyre.messages.Decoded;
import io.gyre.messages.MalformedMessageException;
import io.gyre.messages.MessageCodec;
import io.gyre.model.Component;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives entries of a queue to the handler. Whatever is wrong with one ends with that one. */
final class Dispatcher {
  private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);

  private final BusHandler handler;
  private final Counters counters;

  Dispatcher(BusHandler handler, Counters counters) {
    this.handler = handler;
    this.counters = counters;
  }

  /** Whether the handler returned, or there was nothing for it. */
  boolean dispatch(Component source, long index, byte[] entry) {
    if (!Frames.intact(entry)) {
      damaged(source, index, "wrong checksum");
      return true;
    }
    try {
      return deliver(MessageCodec.decode(Frames.message(entry)));
    } catch (MalformedMessageException e) {
      damaged(source, index, e.getMessage());
      return true;
    }
  }

  private boolean deliver(Decoded decoded) {
    boolean returned = true;
    try {
      hand(decoded);
      counters.handled.increment();
    } catch (Throwable e) { // one message must not end the delivery of all others
      counters.failed.increment();
      log.error("Handling message {} failed", decoded.envelope().id(), e);
      returned = false;
    }
    if (Thread.interrupted()) {
      log.warn("The bus thread was interrupted while handling {}", decoded.envelope().id());
    }
    return returned;
  }

  private void hand(Decoded decoded) {
    switch (decoded) {
      case Decoded.Known known -> handler.onMessage(known.envelope(), known.message());
      case Decoded.Unknown unknown -> {
        counters.unknown.increment();
        log.warn(
            "Skipped message {}: kind {} of {} is not known to this version",
            unknown.envelope().id(),
            unknown.kind(),
            unknown.envelope().sender().id());
        handler.onUnknown(unknown.envelope(), unknown.kind());
      }
    }
  }

  private void damaged(Component source, long index, @Nullable String why) {
    counters.damaged.increment();
    log.warn(
        "Skipped a damaged message of {} at {}: {}", source.id(), Long.toHexString(index), why);
  }
}
