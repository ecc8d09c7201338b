package io.gyre.runtime.process;

import io.gyre.runtime.process.Journal.Event;
import io.gyre.runtime.process.Journal.Line;
import io.gyre.runtime.process.Keepers.Beginning;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Launches keepers, has them stop, and sees to instances whose keeper was killed. Whoever does so
 * for an instance holds its {@link Hold}, so that no two generations of the plugin do.
 *
 * <p>What if this JVM dies in between? The policy file is written first and says what is wanted;
 * the next generation's {@link #tend} does what is missing. A keeper that was launched but hasn't
 * come up yet is no danger: of two, only one makes the file {@code keeper}, and the other leaves.
 */
final class Lifecycle {
  private static final Duration COMING_UP = Duration.ofSeconds(10);
  private static final Duration GOING_DOWN = Duration.ofSeconds(8);

  private final Instances instances;
  private final Keepers keepers;
  private final Machine machine;
  private final String hostId;
  private final BooleanSupplier closed;

  Lifecycle(
      Instances instances,
      Keepers keepers,
      Machine machine,
      String hostId,
      BooleanSupplier closed) {
    this.instances = instances;
    this.keepers = keepers;
    this.machine = machine;
    this.hostId = hostId;
    this.closed = closed;
  }

  /** The right to launch and stop the keeper of an instance. */
  static final class Hold implements AutoCloseable {
    private final FileChannel channel;
    private final FileLock lock;

    private Hold(FileChannel channel, FileLock lock) {
      this.channel = channel;
      this.lock = lock;
    }

    @Override
    public void close() throws IOException {
      if (lock.isValid()) {
        channel.close();
      }
    }
  }

  /** Waits for the hold; only the other generation during a swap can be in the way. */
  Hold hold(InstanceDirectory directory) throws IOException, RuntimeFailure {
    while (true) {
      Optional<Hold> hold = tryHold(directory);
      if (hold.isPresent()) {
        return hold.get();
      }
      pause(5);
    }
  }

  Optional<Hold> tryHold(InstanceDirectory directory) throws IOException {
    FileChannel channel =
        FileChannel.open(directory.launch(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    @Nullable FileLock lock = null;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Held within this JVM.
    } finally {
      if (lock == null) {
        channel.close();
      }
    }
    return lock == null ? Optional.empty() : Optional.of(new Hold(channel, lock));
  }

  /** Launches a keeper that starts the main process because somebody asked for it. */
  void launchAsked(Identity identity) throws IOException, RuntimeFailure {
    Optional<Line> last = Journal.last(instances.journal(identity.id()));
    long restarts = last.map(Line::restarts).orElse(0L);
    launch(identity, last, new Beginning(Optional.empty(), Journal.NONE, restarts, 0, 0, last));
  }

  private void launch(Identity identity, Optional<Line> last, Beginning beginning)
      throws IOException, RuntimeFailure {
    InstanceDirectory directory = instances.directory(identity.id());
    awaitNoKeeper(directory);
    Files.deleteIfExists(directory.keeper());
    String cgroups = machine.cgroups().create(hostId, identity.id(), identity.limits());
    InstanceDirectory.replace(directory.cgroup(), cgroups);
    keepers.launch(
        directory,
        instances.journal(identity.id()),
        machine,
        instances.handle(identity.id()),
        beginning);
    awaitUp(identity, last);
  }

  /** A keeper that has recorded its end is gone in a moment. */
  private void awaitNoKeeper(InstanceDirectory directory) throws IOException, RuntimeFailure {
    long deadline = System.nanoTime() + GOING_DOWN.toNanos();
    while (Keepers.holder(directory).filter(holder -> holder.alive(machine.bootId())).isPresent()) {
      if (System.nanoTime() > deadline) {
        throw new RuntimeFailure(
            RuntimeFailure.Kind.CONFLICT,
            "keeper_busy",
            "The old keeper of " + directory.path().getFileName() + " doesn't end.",
            null);
      }
      pause(1);
    }
  }

  /** Waits until a new keeper has recorded how its first start went. */
  private void awaitUp(Identity identity, Optional<Line> before)
      throws IOException, RuntimeFailure {
    long deadline = System.nanoTime() + COMING_UP.toNanos();
    while (System.nanoTime() < deadline) {
      Optional<Line> now = Journal.last(instances.journal(identity.id()));
      boolean changed =
          now.isPresent()
              && !now.map(Line::keeper).equals(before.map(Line::keeper))
              && (now.get().event() != Event.K || now.get().main().isPresent());
      if (changed) {
        return;
      }
      pause(1);
    }
    throw new RuntimeFailure(
        RuntimeFailure.Kind.TIMEOUT,
        "keeper_not_up",
        "The keeper of " + identity.id() + " doesn't come up" + complaint(identity) + ".",
        "Look into " + instances.directory(identity.id()).keeperLog() + ".");
  }

  private String complaint(Identity identity) throws IOException {
    String log = Files.readString(instances.directory(identity.id()).keeperLog()).strip();
    return log.isEmpty() ? "" : ": " + log.lines().findFirst().orElse("");
  }

  /**
   * Does what is missing where no keeper does: adopts a main process whose keeper was killed,
   * launches a keeper for what should run, stops what should be stopped. Does nothing where all is
   * well. The caller has the hold.
   */
  void tend(Identity identity) throws IOException, RuntimeFailure {
    String id = identity.id();
    InstanceDirectory directory = instances.directory(id);
    if (Keepers.holder(directory).filter(holder -> holder.alive(machine.bootId())).isPresent()) {
      return;
    }
    // In this order: once the keeper is dead, its last record is there.
    Optional<Line> last = Journal.last(instances.journal(id));
    if (last.filter(Line::ended).isPresent()) {
      return;
    }
    Policy policy = Policy.read(directory.policy());
    Optional<ProcessIdentity> main = liveMain(id, last);
    if (main.isPresent()) {
      adopt(identity, last, main.get());
    } else if (!policy.run()) {
      Strays.kill(instances.handle(id));
      if (last.isPresent()) {
        Journal.append(instances.journal(id), last.get().stopped(System.currentTimeMillis()));
      } else {
        Journal.append(instances.journal(id), neverStarted());
      }
    } else if (last.isEmpty()) {
      launchAsked(identity);
    } else {
      relaunch(identity, last.get(), policy);
    }
  }

  private Optional<ProcessIdentity> liveMain(String id, Optional<Line> last) {
    if (last.isEmpty()) {
      return Strays.unrecordedMain(instances.handle(id), 0);
    }
    Line line = last.get();
    if (!line.boot().equals(machine.bootId())) {
      return Optional.empty();
    }
    if (line.main().isPresent()) {
      return line.main().filter(ProcessIdentity::alive);
    }
    long ticks = (line.at() - machine.bootTimeMs()) / 10;
    return Strays.unrecordedMain(instances.handle(id), Math.max(0, ticks - 10));
  }

  private void adopt(Identity identity, Optional<Line> last, ProcessIdentity main)
      throws IOException, RuntimeFailure {
    long now = System.currentTimeMillis();
    boolean recorded = last.flatMap(Line::main).equals(Optional.of(main));
    launch(
        identity,
        last,
        new Beginning(
            Optional.of(main),
            recorded ? last.map(Line::startedAt).orElse(now) : now,
            last.map(line -> line.restarts() + (recorded ? 0 : 1)).orElse(0L),
            last.map(Line::row).orElse(0L),
            last.map(Line::failures).orElse(0),
            last));
  }

  /** Keeper and main process are both gone. */
  private void relaunch(Identity identity, Line line, Policy policy)
      throws IOException, RuntimeFailure {
    String id = identity.id();
    Strays.kill(instances.handle(id));
    Line lost = line;
    if (line.main().isPresent()) {
      lost = line.lost(Event.B, System.currentTimeMillis());
      if (!policy.restarts(-1)) {
        Journal.append(instances.journal(id), line.lost(Event.E, System.currentTimeMillis()));
        return;
      }
    }
    launch(
        identity,
        Optional.of(line),
        new Beginning(
            Optional.empty(),
            Journal.NONE,
            line.restarts() + (line.event() == Event.K && line.main().isEmpty() ? 0 : 1),
            line.row(),
            line.failures(),
            Optional.of(lost)));
  }

  private Line neverStarted() {
    return new Line(
        Event.Z,
        System.currentTimeMillis(),
        machine.bootId(),
        new ProcessIdentity(0, 0),
        Journal.NONE,
        Journal.NONE,
        Journal.NONE,
        0,
        0,
        0,
        0,
        Journal.NONE,
        0,
        0,
        0,
        0,
        Journal.NONE);
  }

  /** Has it stopped; returns once all its processes are gone. The caller has the hold. */
  void stop(Identity identity) throws IOException, RuntimeFailure {
    String id = identity.id();
    InstanceDirectory directory = instances.directory(id);
    Policy policy = Policy.read(directory.policy());
    InstanceDirectory.replace(directory.policy(), policy.stopped().text());
    long deadline = System.nanoTime() + GOING_DOWN.plusMillis(policy.graceMs()).toNanos();
    @Nullable ProcessIdentity told = null;
    while (true) {
      Optional<Line> last = Journal.last(instances.journal(id));
      if (last.filter(Line::ended).isPresent()) {
        if (last.get().event() == Event.E) {
          Journal.append(instances.journal(id), last.get().stopped(System.currentTimeMillis()));
        }
        break;
      }
      Optional<ProcessIdentity> keeper =
          Keepers.holder(directory)
              .filter(holder -> holder.alive(machine.bootId()))
              .map(Keepers.Holder::keeper);
      if (keeper.isEmpty()) {
        tend(identity);
      } else if (!keeper.get().equals(told)) {
        told = keeper.get();
        told.terminate();
      }
      if (System.nanoTime() > deadline) {
        keeper.ifPresent(ProcessIdentity::kill);
        last.flatMap(Line::main).ifPresent(ProcessIdentity::kill);
      }
      pause(2);
    }
    clearAway(identity);
  }

  /** Kills whatever is left of a stopped instance. */
  void clearAway(Identity identity) throws IOException, RuntimeFailure {
    awaitNoKeeper(instances.directory(identity.id()));
    Optional<List<Long>> members = machine.cgroups().members(hostId, identity.id());
    if (members.isEmpty() || !members.get().isEmpty()) {
      Strays.kill(instances.handle(identity.id()));
    }
  }

  private void pause(long ms) throws RuntimeFailure {
    if (closed.getAsBoolean()) {
      throw ProcessWorkloadRuntime.closed();
    }
    LockSupport.parkNanos(ms * 1_000_000);
  }
}
