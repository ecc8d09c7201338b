import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * SIGKILL from outside to the start of the replacement. One kill at a time, the contenders in
 * random order in each round, each time the workload that has lived longest; it has lived for more
 * than ten seconds, because Gyre, like Docker, restarts at once only what was stable for that long.
 */
final class Trials {
  private static final long STABLE_NANOS = TimeUnit.MILLISECONDS.toNanos(10_500);
  private static final long REPLACED_SECONDS = 60;

  private final Beats beats;
  private final Calm calm;
  private final Random random = new Random();

  Trials(Workshop workshop) {
    this.beats = workshop.beats();
    this.calm = workshop.calm();
  }

  /** Times in milliseconds. Who fails once is left out from then on, and has no times at all. */
  Against run(List<? extends Contender> contenders, int each) throws Exception {
    return run(contenders, each, each, System.nanoTime());
  }

  /**
   * The same with fewer rounds where time runs out.
   *
   * @param end on the clock of {@link System#nanoTime}
   */
  Against run(List<? extends Contender> contenders, int least, int most, long end)
      throws Exception {
    Against times = new Against();
    List<Contender> order = new ArrayList<>(contenders);
    for (int round = 0; round < most; round++) {
      if (round >= least && System.nanoTime() > end) {
        break;
      }
      Collections.shuffle(order, random);
      for (Contender contender : List.copyOf(order)) {
        try {
          times.add(contender.name(), once(contender) / 1e6);
        } catch (Unmeasured e) {
          order.remove(contender);
          times.missing(contender.name(), e.getMessage());
        }
      }
    }
    return times;
  }

  private long once(Contender contender) throws Exception {
    String label = "";
    long started = Long.MAX_VALUE;
    for (String each : contender.labels()) {
      long start = beats.newest(each).orElseThrow().nanos();
      if (start < started) {
        label = each;
        started = start;
      }
    }
    TimeUnit.NANOSECONDS.sleep(started + STABLE_NANOS - System.nanoTime());
    calm.await();
    long pid = contender.pid(label);
    ProcessHandle process =
        ProcessHandle.of(pid)
            .orElseThrow(() -> new Unmeasured(contender.name() + " lost a workload by itself"));
    if (beats.newest(label).orElseThrow().nanos() != started) {
      throw new Unmeasured(contender.name() + " restarted a workload that nobody killed");
    }
    long killed = System.nanoTime();
    if (!process.destroyForcibly()) {
      throw new Unmeasured("cannot kill " + pid + " of " + contender.name());
    }
    return beats.await(label, killed, REPLACED_SECONDS).nanos() - killed;
  }
}
