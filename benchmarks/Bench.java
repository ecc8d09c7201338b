import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Measures Gyre, and its peers in the same run. Started by {@code run}; see docs/performance.md.
 */
final class Bench {
  private static final String USAGE =
      """
      usage: gyre bench [--quick] [--rows LIST] [--json FILE]

        --quick      fewer trials: less than two minutes
        --rows LIST  only these, such as 1,2
        --json FILE  write the result, with each single value, to a file

      rows: 1  a host process is killed -> its replacement runs; peer: pm2
            2  the same with every JVM of Gyre killed; peer: pm2
            3  the main process of a container is killed -> the next runs; peer: the engine itself
            4  apply -> the runtime is called, the process runs, the answer is there
            5  memory and processor time while idle
            6  gyre get instances
            7  gyre up -d on an empty data root -> ready
            8  a hundred, a thousand and ten thousand instances of a simulated runtime
            9  a thousand HTTP probes a second: the reconciler
      """;

  private static final int ROWS = 17;

  private interface Part {
    List<Row> measure() throws Exception;
  }

  private record Options(
      boolean quick, boolean install, SortedSet<Integer> rows, Optional<Path> json) {}

  private final Options options;
  private final List<Row> rows = new ArrayList<>();

  private Bench(Options options) {
    this.options = options;
  }

  public static void main(String[] arguments) throws Exception {
    Options options;
    try {
      options = parse(arguments);
    } catch (IllegalArgumentException e) {
      System.err.println("gyre bench: " + e.getMessage() + "\n\n" + USAGE);
      System.exit(2);
      return;
    }
    if (options.rows().isEmpty()) {
      System.out.print(USAGE);
      return;
    }
    new Bench(options).run();
  }

  /** No rows: the usage is asked for. */
  private static Options parse(String[] arguments) {
    boolean quick = false;
    boolean install = false;
    Optional<Path> json = Optional.empty();
    SortedSet<Integer> rows =
        IntStream.rangeClosed(1, ROWS).boxed().collect(Collectors.toCollection(TreeSet::new));
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--quick" -> quick = true;
        case "--install" -> install = true;
        case "--rows" -> rows = rows(value(arguments, ++i));
        case "--json" -> json = Optional.of(Path.of(value(arguments, ++i)));
        case "--help", "-h" -> {
          return new Options(quick, install, new TreeSet<>(), json);
        }
        default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
      }
    }
    return new Options(quick, install, rows, json);
  }

  private static String value(String[] arguments, int index) {
    if (index >= arguments.length) {
      throw new IllegalArgumentException(arguments[index - 1] + " needs a value");
    }
    return arguments[index];
  }

  private static SortedSet<Integer> rows(String list) {
    SortedSet<Integer> rows = new TreeSet<>();
    for (String word : list.split(",")) {
      if (!word.matches("[1-9][0-9]?") || Integer.parseInt(word) > ROWS) {
        throw new IllegalArgumentException("--rows: \"" + word + "\" is none of 1 to " + ROWS);
      }
      rows.add(Integer.parseInt(word));
    }
    return rows;
  }

  private void run() throws Exception {
    Map<String, String> facts = Machine.describe();
    warn();
    Workshop workshop = new Workshop(options.quick());
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
    try {
      Gyre.build(workshop);
    } catch (Unmeasured e) {
      System.err.println("gyre bench: " + e.getMessage());
      System.exit(1);
    }
    measureAll(workshop);
    if (options.rows().contains(3) || options.rows().contains(5)) {
      facts.put("docker", version(workshop));
    }
    facts.put("trials while others kept the processors busy", workshop.calm().summary());
    facts.put("load at the end", "%.2f".formatted(Machine.load()));
    rows.sort(Comparator.comparingInt(Row::number));
    Report report = new Report(facts);
    report.print(rows);
    if (options.json().isPresent()) {
      report.write(options.json().get(), rows);
    }
    System.exit(0);
  }

  private static String version(Workshop workshop) throws Exception {
    try {
      return workshop.docker().version();
    } catch (Unmeasured e) {
      return "none: " + e.getMessage();
    }
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
    part(9, "probes", () -> new Probed(workshop).measure());
    part(3, "container restart", () -> new ContainerRestarts(workshop).measure());
    part(10, "many processes", () -> new Many(workshop).measure());
    part(11, "many containers", () -> new Compose(workshop).measure());
    part(12, "rolling update", () -> new Streams(workshop).rolling());
    part(14, "events", () -> new Streams(workshop).latency());
    part(13, "requests", () -> new Throughput(workshop).measure());
    part(15, "bus", () -> new BusTimes(workshop).measure());
    part(16, "component restart", () -> new Components(workshop).measure());
    part(17, "disk", () -> new Disk(workshop).measure());
    part(8, "many instances", () -> new Scale(workshop).measure());
  }

  private void part(int number, String what, Part part) {
    if (!options.rows().contains(number)) {
      return;
    }
    System.err.println("gyre bench: measuring " + what);
    try {
      rows.addAll(part.measure());
    } catch (Unmeasured e) {
      rows.add(Row.missing(number, what, e.getMessage()));
    } catch (Exception e) {
      rows.add(Row.missing(number, what, e.toString()));
    }
  }
}
