package io.gyre.api.instance;

import io.gyre.api.condition.ConditionView;
import io.gyre.model.BoundPort;
import io.gyre.model.Condition;
import io.gyre.model.ExitRecord;
import io.gyre.model.InstanceRecord;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An instance as clients see it. */
record InstanceView(
    String id,
    String namespace,
    String deployment,
    long revision,
    int ordinal,
    String runtime,
    String state,
    boolean ready,
    boolean removing,
    @Nullable Long pid,
    @Nullable String containerId,
    @Nullable String address,
    List<Port> ports,
    long restarts,
    Instant createdAt,
    @Nullable Instant startedAt,
    @Nullable Instant nextStartAt,
    @Nullable Exit lastExit,
    @Nullable String reason,
    @Nullable String message,
    String correlation,
    Instant updatedAt,
    List<ConditionView> conditions) {

  record Port(String name, String hostIp, int port, int target, String protocol) {
    static Port of(BoundPort port) {
      return new Port(
          port.name(),
          port.hostIp(),
          port.port(),
          port.target(),
          port.protocol().name().toLowerCase(Locale.ROOT));
    }
  }

  /**
   * @param signal null where none ended it
   */
  record Exit(int code, @Nullable Integer signal, Instant at, List<String> lastLines) {
    static Exit of(ExitRecord exit) {
      return new Exit(
          exit.code(), exit.signal() == 0 ? null : exit.signal(), exit.at(), exit.lastLines());
    }
  }

  static InstanceView of(InstanceRecord record, List<Condition> conditions) {
    return new InstanceView(
        record.id().value(),
        record.deployment().namespace(),
        record.deployment().name(),
        record.revision(),
        record.ordinal(),
        record.runtime(),
        record.state().id(),
        record.ready(),
        record.removing(),
        record.pid(),
        record.handle(),
        record.address(),
        record.ports().stream().map(Port::of).toList(),
        record.restarts(),
        record.createdAt(),
        record.startedAt(),
        record.nextStartAt(),
        record.lastExit() == null ? null : Exit.of(record.lastExit()),
        record.reason(),
        record.message(),
        record.correlation(),
        record.updatedAt(),
        conditions.stream().map(ConditionView::of).toList());
  }
}
