import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Row 10: two hundred processes, from the command with which a user asks for all of them to the
 * start of the last one. Each daemon is up before.
 */
final class Many {
  private static final int PROCESSES = 200;
  private static final String WHAT = PROCESSES + " processes applied -> all run";
  private static final List<String> PEERS = List.of("pm2", "systemd", "supervisor", "s6");
  private static final List<Against.Budget> BUDGETS =
      List.of(new Against.Budget("systemd", 0.6), new Against.Budget("pm2", 0.4));

  private final Workshop workshop;

  Many(Workshop workshop) {
    this.workshop = workshop;
  }

  List<Row> measure() throws Exception {
    int rounds = workshop.quick() ? 2 : 5;
    Against result = new Against();
    try (Keepers peers = Keepers.start(workshop, PEERS);
        Keeper ours = GyreProcesses.start(workshop, "gyre")) {
      List<Keeper> order = new ArrayList<>(peers.present());
      order.add(ours);
      for (int round = 0; round < rounds; round++) {
        Collections.shuffle(order);
        for (Keeper keeper : List.copyOf(order)) {
          try {
            result.add(keeper.name(), once(keeper, round));
          } catch (Unmeasured e) {
            order.remove(keeper);
            result.missing(keeper.name(), e.getMessage());
          }
        }
      }
      peers.explain(result);
      return result.rows(10, WHAT, "gyre", peers.names(), BUDGETS);
    }
  }

  private double once(Keeper keeper, int round) throws Exception {
    String prefix = "m" + round + "-" + keeper.name().replaceAll("[^a-z0-9].*", "");
    List<String> labels = Beats.labels(prefix, PROCESSES);
    keeper.prepare(labels);
    workshop.calm().await();
    long from = System.nanoTime();
    keeper.apply();
    long last = from;
    for (String label : labels) {
      last = Math.max(last, workshop.beats().await(label, from, 120).nanos());
    }
    keeper.remove();
    return (last - from) / 1e6;
  }
}
