package io.gyre.runtime.spi;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An instance as its runtime sees it, recovered from reality alone (labels, state directory), never
 * from Gyre's database.
 *
 * @param pid of the main process in the host's pid namespace, null when none runs
 * @param handle the engine's own id, null where there is none
 * @param address at which the instance's own (target) ports can be reached from the host; null:
 *     none
 * @param startedAt of the main process that runs now, or ran last
 * @param restarts starts in place since it was made, without the first and without asked-for starts
 * @param failuresInRow early ends in a row (each after less than the policy's resetAfter)
 * @param nextStartAt BACKING_OFF only
 * @param reason in words, null where the state says it all
 */
public record InstanceStatus(
    String id,
    String namespace,
    String deployment,
    long revision,
    String fingerprint,
    State state,
    @Nullable Long pid,
    @Nullable String handle,
    @Nullable String address,
    List<BoundPort> ports,
    @Nullable Instant startedAt,
    long restarts,
    int failuresInRow,
    @Nullable Instant nextStartAt,
    @Nullable Exit lastExit,
    @Nullable String reason) {
  public InstanceStatus {
    ports = List.copyOf(ports);
  }

  public enum State {
    STARTING,
    RUNNING,
    /** Ended by itself and its runtime (SELF_RESTART) will start it at {@code nextStartAt}. */
    BACKING_OFF,
    /** Ended by itself. */
    EXITED,
    /** Was told to stop. */
    STOPPED
  }

  /**
   * @param name {@code PORT} for an allocated port, else the target port
   */
  public record BoundPort(
      String name, String hostIp, int port, int target, PortSpec.Protocol protocol) {}

  /**
   * @param code exit status, 128 + signal for a signal; -1 where nobody was left to see it
   * @param lastLines the last lines it printed, oldest first, at most 20 lines of at most 500
   *     characters; may be empty
   */
  public record Exit(int code, Instant at, List<String> lastLines) {
    public Exit {
      lastLines = List.copyOf(lastLines);
    }
  }
}
