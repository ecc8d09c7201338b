import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Rows 1 and 2: a host process is killed, with and without a Gyre that runs. */
final class ProcessRestarts {
  private static final String UP = "host process SIGKILL -> replacement runs";
  private static final String DOWN = "the same, every JVM of Gyre killed";

  private final Workshop workshop;
  private final int workloads;
  private final int trials;

  ProcessRestarts(Workshop workshop) {
    this.workshop = workshop;
    this.workloads = workshop.quick() ? 8 : 12;
    this.trials = workshop.quick() ? 8 : 24;
  }

  List<Row> measure(boolean up, boolean down) throws Exception {
    List<Row> rows = new ArrayList<>();
    Beats beats = workshop.beats();
    List<String> labels =
        IntStream.range(0, workloads).mapToObj(number -> "gyre-" + number).toList();
    try (Gyre gyre = Gyre.start(workshop, "")) {
      gyre.apply(Manifests.processes(beats, labels));
      beats.awaitAll(labels, 30);
      Contender ours = processes(beats, labels);
      Peer peer = peer();
      try (peer) {
        if (up) {
          rows.add(row(1, UP, ours, peer));
        }
        if (down) {
          gyre.killAll();
          rows.add(row(2, DOWN, ours, peer));
          gyre.up();
        }
      }
    }
    return rows;
  }

  /** pm2, or why there is none. */
  private record Peer(List<Pm2> pm2, String reason) implements AutoCloseable {
    @Override
    public void close() {
      pm2.forEach(Pm2::close);
    }
  }

  private Peer peer() throws Exception {
    try {
      return new Peer(List.of(Pm2.start(workshop, workloads)), "");
    } catch (Unmeasured e) {
      return new Peer(List.of(), e.getMessage());
    }
  }

  private Row row(int number, String what, Contender ours, Peer peer) throws Exception {
    List<Contender> contenders = new ArrayList<>(List.of(ours));
    contenders.addAll(peer.pm2());
    Map<String, Samples> times = new Trials(workshop).run(contenders, trials);
    Samples mine = times.get(ours.name());
    if (peer.pm2().isEmpty()) {
      return Row.withoutPeer(number, what, mine, "pm2", peer.reason());
    }
    String name = peer.pm2().getFirst().name();
    return Row.against(number, what, mine, name, times.get(name));
  }

  private static Contender processes(Beats beats, List<String> labels) {
    return new Contender() {
      @Override
      public String name() {
        return "gyre";
      }

      @Override
      public List<String> labels() {
        return labels;
      }

      @Override
      public long pid(String label) {
        return beats.newest(label).orElseThrow().pid();
      }
    };
  }
}
