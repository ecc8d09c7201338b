package io.gyre.runtime.process;

import io.gyre.runtime.process.Journal.Event;
import io.gyre.runtime.process.Journal.Line;
import io.gyre.runtime.process.Keepers.Beginning;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
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
  private static final Duration GOING_DOWN = Duration.ofSeconds(8);

  private final Instances instances;
  private final Launcher launcher;
  private final Machine machine;

  Lifecycle(Instances instances, Launcher launcher, Machine machine) {
    this.instances = instances;
    this.launcher = launcher;
    this.machine = machine;
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
      launcher.pause(5);
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
    launcher.launch(
        identity, last, new Beginning(Optional.empty(), Journal.NONE, restarts, 0, 0, last));
  }

  /**
   * Does what is missing where no keeper does: adopts a main process whose keeper was killed,
   * launches a keeper for what should run, stops what should be stopped. Does nothing where all is
   * well. The caller has the hold.
   */
  void tend(Identity identity) throws IOException, RuntimeFailure {
    String id = identity.id();
    InstanceDirectory directory = instances.directory(id);
    if (Keepers.holder(directory).filter(holder -> holder.alive(machine.bootId())).isPresent()
        || launcher.guarded(directory)) {
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
    launcher.launch(
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
    launcher.launch(
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
    Optional<Path> group = group(directory);
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
        last.filter(line -> line.mainAlive(machine.bootId()))
            .flatMap(Line::main)
            .ifPresent(ProcessIdentity::kill);
      }
      launcher.pause(2);
    }
    clearAway(identity, group);
  }

  /** The group that shows all processes of an instance; empty where none is known. */
  private Optional<Path> group(InstanceDirectory directory) throws IOException {
    Optional<String> unit = directory.unit();
    if (unit.isEmpty()) {
      return directory.group();
    }
    return Keepers.holder(directory)
        .filter(holder -> holder.alive(machine.bootId()))
        .flatMap(holder -> Cgroups.ofUnit(holder.keeper().pid(), unit.get()));
  }

  /** Kills whatever is left of a stopped instance. */
  private void clearAway(Identity identity, Optional<Path> group)
      throws IOException, RuntimeFailure {
    launcher.awaitNoKeeper(instances.directory(identity.id()));
    Optional<List<Long>> members = group.flatMap(Cgroups::members);
    if (members.isEmpty() || !members.get().isEmpty()) {
      Strays.kill(instances.handle(identity.id()));
    }
  }
}
