package io.gyre.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/** Ends and pauses workloads, and the keepers of host processes. */
final class WorkloadFaults {
  private static final Duration BOUND = Duration.ofSeconds(60);
  private static final long OLD_TICKS = 1100;
  private static final int LOOKS = 50;

  private WorkloadFaults() {}

  static List<Fault> of(Scene scene) {
    List<Fault> faults = new ArrayList<>();
    faults.add(
        new Fault(
            "kill-process",
            "kill -9 the main process of a host workload",
            Set.of(),
            BOUND,
            random ->
                on(
                    scene,
                    false,
                    random,
                    victim -> {
                      kill(scene, victim);
                      return Fault.Made.done(victim.toString());
                    })));
    faults.add(
        new Fault(
            "pause-process",
            "SIGSTOP to a host workload, SIGCONT after a while",
            Set.of(),
            BOUND,
            random -> on(scene, false, random, victim -> pause(victim, random.nextInt(2000)))));
    faults.add(
        new Fault(
            "kill-keeper",
            "kill -9 the keeper of a host workload, which must live on",
            Set.of(),
            BOUND,
            random -> on(scene, false, random, WorkloadFaults::killKeeper)));
    faults.add(
        new Fault(
            "kill-process-and-keeper",
            "kill -9 a host workload and its keeper at once",
            Set.of(),
            BOUND,
            random ->
                on(
                    scene,
                    false,
                    random,
                    victim -> {
                      Fault.Made keeper = killKeeper(victim);
                      kill(scene, victim);
                      return Fault.Made.done(keeper.detail() + ", and itself");
                    })));
    if (scene.engine() != null) {
      faults.add(
          new Fault(
              "kill-container",
              "kill -9 the main process of a container",
              Set.of(),
              BOUND,
              random ->
                  on(
                      scene,
                      true,
                      random,
                      victim -> {
                        kill(scene, victim);
                        return Fault.Made.done(victim.toString());
                      })));
    }
    return faults;
  }

  private interface Deed {
    Fault.Made on(Reality.Main victim) throws Exception;
  }

  /** Where nothing lives, as while the engine of containers is down, there is nothing to hurt. */
  private static Fault.Made on(Scene scene, boolean container, RandomGenerator random, Deed deed)
      throws Exception {
    Optional<Reality.Main> victim = victim(scene, container, random);
    return victim.isPresent() ? deed.on(victim.get()) : Fault.Made.done("nothing lives");
  }

  private static Fault.Made pause(Reality.Main victim, int moreMs) {
    Shell.signal(victim.pid(), "STOP");
    return new Fault.Made(
        victim.toString(),
        500 + moreMs,
        () -> {
          if (Reality.alive(victim.pid())) {
            Shell.signal(victim.pid(), "CONT");
          }
        });
  }

  private static Fault.Made killKeeper(Reality.Main victim) throws IOException {
    Long keeper = Reality.parent(victim.pid());
    if (keeper == null || !isKeeper(keeper)) {
      return Fault.Made.done("no keeper of " + victim);
    }
    Shell.signal(keeper, "KILL");
    return Fault.Made.done("keeper " + keeper + " of " + victim);
  }

  private static void kill(Scene scene, Reality.Main victim) {
    scene.ledger().kills(victim);
    Shell.signal(victim.pid(), "KILL");
  }

  /** The choice is by deployment and by age, as far as that is the same in every run. */
  private static Optional<Reality.Main> victim(
      Scene scene, boolean container, RandomGenerator random) {
    List<Workloads.Deployment> deployments =
        scene.workloads().all().stream().filter(each -> each.container() == container).toList();
    String deployment = deployments.get(random.nextInt(deployments.size())).name();
    int choice = random.nextInt(1000);
    // What ends again and again is waited for; that is to be met, but not each time.
    boolean young = random.nextInt(6) == 0;
    for (int i = 0; i < LOOKS; i++) {
      List<Reality.Main> mains =
          scene.reality().look().stream()
              .filter(main -> main.deployment().equals(deployment))
              .sorted(Comparator.comparingLong(Reality.Main::startTicks))
              .toList();
      long now = Reality.nowTicks();
      List<Reality.Main> old =
          mains.stream().filter(main -> now - main.startTicks() > OLD_TICKS).toList();
      if (!young && !old.isEmpty()) {
        return Optional.of(old.get(choice % old.size()));
      }
      if (!mains.isEmpty()) {
        return Optional.of(mains.get(choice % mains.size()));
      }
      Shell.pause(100);
    }
    return Optional.empty();
  }

  private static boolean isKeeper(long pid) throws IOException {
    return Files.readString(Path.of("/proc/" + pid + "/cmdline"), StandardCharsets.ISO_8859_1)
        .contains("keepers/");
  }
}
