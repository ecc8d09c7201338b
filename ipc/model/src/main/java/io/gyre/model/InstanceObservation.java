package io.gyre.model;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a runtime sees of one instance at one moment.
 *
 * @param revision that it was started from
 * @param pid main process on the host; null when none runs or the runtime doesn't say
 * @param handle the runtime's own id (container id); null where pids identify
 * @param address where its own ports can be reached from this host; null: none
 * @param startedAt of the main process that runs now, or ran last
 * @param restarts starts in place after the first
 * @param crashLooping ended early several times in a row
 * @param nextStartAt BACKING_OFF only
 * @param reason why it is as it is, in words; null where the state says it all
 */
public record InstanceObservation(
    InstanceId id,
    DeploymentKey deployment,
    long revision,
    String runtime,
    ObservedState state,
    @Nullable Long pid,
    @Nullable String handle,
    @Nullable String address,
    List<BoundPort> ports,
    @Nullable Instant startedAt,
    long restarts,
    boolean crashLooping,
    @Nullable Instant nextStartAt,
    @Nullable ExitRecord lastExit,
    @Nullable String reason) {
  public InstanceObservation {
    ports = List.copyOf(ports);
  }
}
