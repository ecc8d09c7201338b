import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Measures Gyre, and its peers in the same run. Started by {@code run}; see docs/performance.md.
 */
final class Bench {
  private interface Part {
    List<Row> measure() throws Exception;
  }

  private final Options options;
  private final long began = System.nanoTime();
  private final List<Row> rows = new ArrayList<>();

  private Bench(Options options) {
    this.options = options;
  }

  public static void main(String[] arguments) throws Exception {
    Options options;
    try {
      options = Options.parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("gyre bench: " + e.getMessage() + "\n\n" + Options.USAGE);
      System.exit(2);
      return;
    }
    if (options.rows().isEmpty()) {
      System.out.print(Options.USAGE);
      return;
    }
    if (options.from().isPresent()) {
      try {
        plot(options.plot().orElseThrow(), Report.read(options.from().get()));
      } catch (IOException | IllegalArgumentException e) {
        System.err.println("gyre bench: " + options.from().get() + ": " + e.getMessage());
        System.exit(1);
      }
      return;
    }
    System.exit(new Bench(options).run());
  }

  private static void plot(Path directory, List<Row> rows) throws Exception {
    Plot.write(directory, rows).forEach(file -> System.out.println(directory.resolve(file)));
  }

  /** The exit status. */
  private int run() throws Exception {
    Map<String, String> facts = Machine.describe();
    warn();
    Workshop workshop = new Workshop(options.pace());
    Thread hook =
        new Thread(
            () -> {
              Command.stopOthers();
              workshop.cleanUp().runAll();
            });
    Runtime.getRuntime().addShutdownHook(hook);
    facts.put("workload", workshop.beats().method());
    if (options.install()) {
      workshop.peers().install();
    }
    if (options.check()) {
      part(0, "what can be told in a minute", () -> new Check(workshop).measure());
    } else {
      try (Gyre gyre = Gyre.prepare(workshop, "")) {
        gyre.build();
      } catch (Unmeasured e) {
        System.err.println("gyre bench: " + e.getMessage());
        return 1;
      }
      measureAll(workshop);
    }
    workshop.dockerVersion().ifPresent(version -> facts.put("docker", version));
    facts.put("trials while others kept the processors busy", workshop.calm().summary());
    long took = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
    facts.put("took", "%d:%02d min".formatted(took / 60, took % 60));
    facts.put("load at the end", "%.2f".formatted(Machine.load()));
    rows.sort(Comparator.comparingInt(Row::number));
    Report report = new Report(facts, options.check());
    report.print(rows);
    if (options.json().isPresent()) {
      report.write(options.json().get(), rows);
    }
    if (options.plot().isPresent()) {
      plot(options.plot().get(), rows);
    }
    return options.check() ? verdict(report) : 0;
  }

  private int verdict(Report report) {
    List<Row> missed = report.missed(rows);
    boolean nothing = rows.stream().noneMatch(row -> row.ours().isPresent());
    System.out.println();
    if (nothing) {
      System.out.println("nothing could be measured");
      return 1;
    }
    System.out.printf(
        "budgets with slack (%.1f times a share of a peer, %.1f times a limit): %s%n",
        Check.SHARE_SLACK,
        Check.LIMIT_SLACK,
        missed.isEmpty() ? "all met" : missed.size() + " missed");
    return missed.isEmpty() ? 0 : 1;
  }

  private static void warn() throws Exception {
    if (Machine.load() > 1) {
      System.err.printf(
          "gyre bench: warning: the load is %.2f; times are right only on a machine that has"
              + " nothing else to do%n",
          Machine.load());
    }
    int others = Machine.otherJvms().size();
    if (others > 0) {
      System.err.println(
          "gyre bench: warning: other JVMs run here ("
              + others
              + "); what they share with Gyre makes its memory look smaller");
    }
  }

  /** The idle machine first: nothing has been cached, compiled or grown by the other rows. */
  private void measureAll(Workshop workshop) {
    part(5, "idle", () -> new Idle(workshop).measure());
    part(7, "gyre up -d", () -> new Client(workshop).up());
    part(6, "gyre get instances", () -> new Client(workshop).getInstances());
    part(4, "apply", () -> new Applies(workshop).measure());
    boolean up = options.rows().contains(1);
    boolean down = options.rows().contains(2);
    if (up || down) {
      part(
          up ? 1 : 2,
          "host process restart",
          () -> new ProcessRestarts(workshop).measure(up, down));
    }
    part(3, "container restart", () -> new ContainerRestarts(workshop).measure());
    part(10, "many processes", () -> new Many(workshop).measure());
    part(11, "many containers", () -> new Compose(workshop).measure());
    part(12, "rolling update", () -> new Streams(workshop).rolling());
    part(14, "events", () -> new Streams(workshop).latency());
    part(13, "requests", () -> new Throughput(workshop).measure());
    part(15, "bus", () -> new BusTimes(workshop).measure());
    part(16, "component restart", () -> new Components(workshop).measure());
    part(17, "disk", () -> new Disk(workshop).measure());
    part(9, "probes", () -> new Probed(workshop).measure());
    part(8, "many instances", () -> new Scale(workshop).measure());
  }

  private void part(int number, String what, Part part) {
    if (!options.check() && !options.rows().contains(number)) {
      return;
    }
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began);
    System.err.printf("gyre bench: %d:%02d measuring %s%n", seconds / 60, seconds % 60, what);
    try {
      rows.addAll(part.measure());
    } catch (Unmeasured e) {
      rows.add(Row.missing(number, what, e.getMessage()));
    } catch (Exception e) {
      rows.add(Row.missing(number, what, e.toString()));
    }
  }
}
