package io.gyre.bus;

import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A handler that keeps what it gets. */
final class Inbox implements BusHandler {
  final List<Envelope> envelopes = new CopyOnWriteArrayList<>();
  final List<Message> messages = new CopyOnWriteArrayList<>();
  final List<Integer> unknown = new CopyOnWriteArrayList<>();

  @Override
  public void onMessage(Envelope envelope, Message message) {
    envelopes.add(envelope);
    messages.add(message);
  }

  @Override
  public void onUnknown(Envelope envelope, int kind) {
    unknown.add(kind);
  }

  /** The numbers of the {@link Message.StateChanged} messages, which the tests count with. */
  List<Long> numbers() {
    return messages.stream().map(m -> ((Message.StateChanged) m).lastEventSeq()).toList();
  }

  List<Long> awaitNumbers(int count) {
    Await.until(count + " messages came, not " + messages.size(), () -> messages.size() >= count);
    return numbers();
  }
}
