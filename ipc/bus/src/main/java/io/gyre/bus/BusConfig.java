package io.gyre.bus;

import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Set;

/**
 * @param directory of the queues and reader positions, the same for all processes; made if missing
 * @param socketDirectory of the doorbells, the same for all processes; made if missing; short, for
 *     a socket path has at most 107 bytes
 * @param self the process that this is: it writes its own queue and nobody else does
 * @param epoch grows with every start of this process
 * @param readFrom the processes whose messages are wanted
 * @param freeSpaceGuardBytes nothing is published while the disk has less room than this: a full
 *     disk under mapped memory would end the process
 * @param clock for the time in envelopes and for the hourly change of files
 */
public record BusConfig(
    Path directory,
    Path socketDirectory,
    Component self,
    long epoch,
    Set<Component> readFrom,
    long freeSpaceGuardBytes,
    Clock clock) {
  public static final long DEFAULT_FREE_SPACE_GUARD_BYTES = 64L << 20;

  public BusConfig {
    directory = directory.toAbsolutePath().normalize();
    socketDirectory = socketDirectory.toAbsolutePath().normalize();
    readFrom = Set.copyOf(readFrom);
    if (readFrom.contains(self)) {
      throw new GyreException(
          ErrorKind.INVALID, "bus.reads_itself", self.id() + " can't read its own queue", null);
    }
  }

  /** With the default guard and the system's clock. */
  public static BusConfig of(
      Path directory, Path socketDirectory, Component self, long epoch, Set<Component> readFrom) {
    return new BusConfig(
        directory,
        socketDirectory,
        self,
        epoch,
        readFrom,
        DEFAULT_FREE_SPACE_GUARD_BYTES,
        Clock.systemUTC());
  }

  Path queue(Component component) {
    return directory.resolve(component.id());
  }

  Path positions() {
    return directory.resolve("positions");
  }
}
