package io.gyre.chaos;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Arms one of the places at which Gyre's processes can be made to fail. The load that runs anyway
 * reaches it.
 */
final class FailpointFaults {
  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final long HOLD_MS = 3000;

  /** Where a failure would be no lie: before the step at which the others see it. */
  private static final Set<String> MAY_FAIL =
      Set.of(
          "api.apply.before_commit",
          "api.apply.before_answer",
          "reconciler.look.planned",
          "reconciler.look.committed",
          "store.commit.before",
          "bus.append.open");

  private static final List<String> PLACES =
      List.of(
          "api.apply.before_commit",
          "api.apply.committed",
          "api.apply.before_answer",
          "api.change.committed",
          "api.announce.before",
          "api.announce.after",
          "reconciler.look.planned",
          "reconciler.look.committed",
          "reconciler.look.sent",
          "store.commit.before",
          "store.commit.after",
          "bus.append.open",
          "bus.append.written",
          "bus.read.handled",
          "host.command.before",
          "host.command.after",
          "host.restart.stopped",
          "reconciler.job.ending",
          "reconciler.job.ended");

  /** Reached only by a swap. */
  private static final List<String> SWAP_PLACES =
      List.of(
          "host.swap.copied",
          "host.swap.loaded",
          "host.swap.opened",
          "host.swap.before_flip",
          "host.swap.after_flip",
          "host.swap.before_unload");

  private FailpointFaults() {}

  static List<Fault> of(Scene scene, PluginFaults plugins) {
    List<Fault> faults = new ArrayList<>();
    faults.add(
        new Fault(
            "failpoint",
            "end, hold up or fail a process at a named place: " + String.join(", ", PLACES),
            Set.of("api", "reconciler", "runtime", "failpoint"),
            BOUND,
            random -> arm(scene, PLACES.get(random.nextInt(PLACES.size())), random)));
    faults.add(
        new Fault(
            "failpoint-swap",
            "end, hold up or fail the runtime host in the middle of a plugin swap: "
                + String.join(", ", SWAP_PLACES),
            Set.of("runtime", "disk", "plugin", "failpoint"),
            Duration.ofSeconds(90),
            random -> {
              Fault.Made armed =
                  arm(scene, SWAP_PLACES.get(random.nextInt(SWAP_PLACES.size())), random);
              String swapped = plugins.trySwap(new Random(random.nextLong()));
              return new Fault.Made(
                  armed.detail() + ", " + swapped, armed.holdMs(), armed.healing());
            }));
    return faults;
  }

  private static Fault.Made arm(Scene scene, String place, RandomGenerator random)
      throws java.io.IOException {
    String action =
        switch (random.nextInt(4)) {
          case 0 -> "pause " + (200 + random.nextInt(2000));
          case 1 -> MAY_FAIL.contains(place) || place.startsWith("host.swap.") ? "fail" : "kill";
          default -> "kill";
        };
    Path file = scene.lab().failpoints.resolve(place);
    Path arriving = scene.lab().base.resolve("arriving");
    Files.writeString(arriving, action);
    scene.ledger().armed(true);
    Files.move(arriving, file, StandardCopyOption.ATOMIC_MOVE);
    return new Fault.Made(
        place + " " + action,
        0,
        () -> {
          long end = System.nanoTime() + HOLD_MS * 1_000_000;
          while (Files.exists(file) && System.nanoTime() < end) {
            Shell.pause(20);
          }
          boolean missed = Files.deleteIfExists(file);
          // What was reached has its effect in a moment.
          Shell.pause(missed ? 0 : 200);
          scene.ledger().note(place + (missed ? " was not reached" : " was reached"));
          scene.ledger().armed(false);
        });
  }
}
