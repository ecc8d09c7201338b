package io.gyre.runtime.process;

import io.gyre.runtime.process.Journal.Event;
import io.gyre.runtime.process.Journal.Line;
import io.gyre.runtime.process.Keepers.Beginning;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Brings keepers up: in a unit of systemd where there is one to be had, else as daemons. A running
 * main process stays what it was born as: its next keeper comes up in the same way.
 *
 * <p>The caller has the {@link Lifecycle.Hold} of the instance. Where this JVM dies after the unit
 * was asked for, the next generation asks again, finds the unit there and waits for its keeper.
 */
final class Launcher {
  private static final Duration COMING_UP = Duration.ofSeconds(10);
  private static final Duration GOING_DOWN = Duration.ofSeconds(8);
  private static final Duration GUARD = Duration.ofMillis(400);

  private final Instances instances;
  private final Keepers keepers;
  private final Machine machine;
  private final String hostId;
  private final SecretFiles secrets;
  private final BooleanSupplier closed;

  Launcher(
      Instances instances,
      Keepers keepers,
      Machine machine,
      String hostId,
      SecretFiles secrets,
      BooleanSupplier closed) {
    this.instances = instances;
    this.keepers = keepers;
    this.machine = machine;
    this.hostId = hostId;
    this.secrets = secrets;
    this.closed = closed;
  }

  /**
   * Returns once a keeper is up and has recorded how its beginning went.
   *
   * @param last the last record
   */
  void launch(Identity identity, Optional<Line> last, Beginning beginning)
      throws IOException, RuntimeFailure {
    InstanceDirectory directory = instances.directory(identity.id());
    Optional<String> oldUnit = directory.unit();
    boolean adopts = beginning.adopt().isPresent();
    if (!adopts) {
      secrets.ensure(identity, directory);
    }
    Units units = machine.units();
    Keepers.Order order =
        new Keepers.Order(
            directory,
            instances.journal(identity.id()),
            machine,
            instances.handle(identity.id()),
            beginning);
    if (units != null && (!adopts || oldUnit.isPresent())) {
      launchUnit(units, identity, order, last);
    } else {
      launchDaemon(identity, order, oldUnit);
    }
    awaitUp(identity, last);
  }

  private void launchDaemon(Identity identity, Keepers.Order order, Optional<String> oldUnit)
      throws IOException, RuntimeFailure {
    InstanceDirectory directory = order.directory();
    awaitNoKeeper(directory);
    retire(directory);
    Files.deleteIfExists(directory.keeper());
    boolean elsewhere = oldUnit.isPresent() && order.beginning().adopt().isPresent();
    InstanceDirectory.replace(
        directory.cgroup(),
        elsewhere
            ? Cgroups.UNTRACKED
            : machine.cgroups().create(hostId, identity.id(), identity.limits()));
    keepers.launch(order);
  }

  private void launchUnit(Units units, Identity identity, Keepers.Order order, Optional<Line> last)
      throws IOException, RuntimeFailure {
    InstanceDirectory directory = order.directory();
    String unit = Units.name(identity.id());
    if (last.filter(line -> !line.ended()).isEmpty()) {
      awaitNoKeeper(directory);
      var _ = awaitForgotten(unit);
    }
    InstanceDirectory.replace(directory.cgroup(), Units.groups(unit, identity.limits()));
    long deadline = System.nanoTime() + COMING_UP.toNanos();
    for (int attempt = 1; keeper(directory).isEmpty(); attempt++) {
      Optional<String> refusal = keepers.launchUnit(units, identity, order, last);
      if (refusal.isEmpty()) {
        return;
      }
      Units.State state = units.state(unit);
      if (state.loaded() && !isOf(directory, state)) {
        throw taken(unit);
      }
      // It may have gone just after it was in the way.
      if (System.nanoTime() > deadline || (!state.loaded() && attempt > 2)) {
        throw refused(identity, refusal.get());
      }
      if (state.loaded() && state.over()) {
        if (order.beginning().adopt().isPresent()) {
          units.startAgain(unit);
          return;
        }
        Strays.kill(instances.handle(identity.id()));
        units.end(unit);
      }
      pause(10);
    }
  }

  private static RuntimeFailure taken(String unit) {
    return new RuntimeFailure(
        RuntimeFailure.Kind.CONFLICT,
        "unit_taken",
        "There is a unit " + unit + " already, which isn't this instance's.",
        "See `systemctl status " + unit + "`; stop it, or rename one of the two.");
  }

  private static RuntimeFailure refused(Identity identity, String why) {
    return new RuntimeFailure(
        RuntimeFailure.Kind.UNAVAILABLE,
        "unit_refused",
        "systemd didn't start the keeper of " + identity.id() + ": " + why,
        "Set systemd to 'off' in the settings of the process runtime to do without units.");
  }

  private Optional<ProcessIdentity> keeper(InstanceDirectory directory) throws IOException {
    return Keepers.holder(directory)
        .filter(holder -> holder.alive(machine.bootId()))
        .map(Keepers.Holder::keeper);
  }

  /** A keeper that has recorded its end is gone in a moment. */
  void awaitNoKeeper(InstanceDirectory directory) throws IOException, RuntimeFailure {
    long deadline = System.nanoTime() + GOING_DOWN.toNanos();
    while (keeper(directory).isPresent()) {
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
    InstanceDirectory directory = instances.directory(identity.id());
    throw new RuntimeFailure(
        RuntimeFailure.Kind.TIMEOUT,
        "keeper_not_up",
        "The keeper of " + identity.id() + " doesn't come up" + complaint(directory) + ".",
        "Look into "
            + directory
                .unit()
                .map(unit -> "`journalctl -u " + unit + "`")
                .orElse(directory.keeperLog().toString())
            + ".");
  }

  private static String complaint(InstanceDirectory directory) throws IOException {
    try {
      String log = Files.readString(directory.keeperLog()).strip();
      return log.isEmpty() ? "" : ": " + log.lines().findFirst().orElse("");
    } catch (NoSuchFileException e) {
      return "";
    }
  }

  /** Whether systemd has started a killed keeper again, or does so in a moment. */
  boolean guarded(InstanceDirectory directory) throws IOException, RuntimeFailure {
    Optional<String> unit = directory.unit();
    if (unit.isEmpty() || !Units.known(unit.get(), machine.uid())) {
      return false;
    }
    long deadline = System.nanoTime() + GUARD.toNanos();
    while (keeper(directory).isEmpty()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      pause(5);
    }
    return true;
  }

  /** Has systemd forget the unit of an instance, whose keeper is gone. */
  void retire(InstanceDirectory directory) throws IOException, RuntimeFailure {
    Optional<String> unit = directory.unit();
    if (unit.isEmpty() || awaitForgotten(unit.get())) {
      return;
    }
    Units units = Objects.requireNonNullElse(machine.units(), Units.toEnd(machine.uid()));
    if (isOf(directory, units.state(unit.get()))) {
      units.end(unit.get());
    }
  }

  private static boolean isOf(InstanceDirectory directory, Units.State state) {
    return state.command().contains(directory.path() + " ");
  }

  /** Systemd forgets a unit soon after its last process has ended. */
  private boolean awaitForgotten(String unit) throws RuntimeFailure {
    long deadline = System.nanoTime() + GUARD.toNanos();
    while (Units.known(unit, machine.uid())) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      pause(2);
    }
    return true;
  }

  void pause(long ms) throws RuntimeFailure {
    if (closed.getAsBoolean()) {
      throw ProcessWorkloadRuntime.closed();
    }
    LockSupport.parkNanos(ms * 1_000_000);
  }
}
