package io.gyre.reconciler;

import io.gyre.messages.Message;
import io.gyre.model.DeploymentKey;
import io.gyre.model.EventRecord;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.store.ObservedTx;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What one look at a deployment leads to: writes that are committed together, and the messages that
 * go out after the commit. A crash in between is healed by the next start, which commands again
 * what the rows say.
 */
final class Batch {
  /** A message and the correlation that it goes out with. */
  record Outgoing(Message message, String correlation) {}

  private final DeploymentKey deployment;
  private final Instant now;
  private final Map<InstanceId, InstanceRecord> changed = new LinkedHashMap<>();
  private final List<Consumer<ObservedTx>> writes = new ArrayList<>();
  private final List<Outgoing> outgoing = new ArrayList<>();

  Batch(DeploymentKey deployment, Instant now) {
    this.deployment = deployment;
    this.now = now;
  }

  void put(InstanceRecord row) {
    changed.put(row.id(), row);
  }

  void remove(InstanceId id) {
    changed.remove(id);
    writes.add(tx -> tx.removeInstance(id));
  }

  void write(Consumer<ObservedTx> write) {
    writes.add(write);
  }

  void send(Message message, String correlation) {
    outgoing.add(new Outgoing(message, correlation));
  }

  void event(
      EventRecord.Level level,
      @Nullable InstanceId instance,
      String reason,
      String message,
      String correlation) {
    EventRecord event =
        new EventRecord(
            0,
            now,
            level,
            deployment.namespace(),
            deployment.name(),
            instance == null ? null : instance.value(),
            reason,
            message,
            correlation);
    writes.add(tx -> tx.appendEvent(event));
  }

  void commanded(InstanceId id, String what, String correlation) {
    event(
        EventRecord.Level.NORMAL,
        id,
        "command_" + what,
        "the runtime process is told to " + what + " " + id,
        correlation);
  }

  void planned(InstanceId id, String reason, String what, String because, String correlation) {
    event(EventRecord.Level.NORMAL, id, reason, what + ": " + because, correlation);
  }

  /** Of the instances that change. */
  Set<InstanceId> changed() {
    return changed.keySet();
  }

  boolean writesNothing() {
    return changed.isEmpty() && writes.isEmpty();
  }

  void commit(ObservedTx tx) {
    changed.values().forEach(tx::putInstance);
    writes.forEach(write -> write.accept(tx));
  }

  List<Outgoing> outgoing() {
    return outgoing;
  }
}
