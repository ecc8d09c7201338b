import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The command line.
 *
 * @param rows none: the usage is asked for
 * @param plot where charts go
 * @param from the result of an earlier run, to draw
 */
record Options(
    Workshop.Pace pace,
    boolean install,
    SortedSet<Integer> rows,
    Optional<Path> json,
    Optional<Path> plot,
    Optional<Path> from) {
  private static final int ROWS = 17;

  static final String USAGE =
      """
      usage: gyre bench [--quick] [--install] [--rows LIST] [--json FILE] [--plot DIR [--from FILE]]
             gyre bench --check [--json FILE]

        --quick      fewer trials
        --install    fetch the peers that are not here into benchmarks/target/peers, from the
                     sources of apt; the machine itself stays as it is
        --rows LIST  only these, such as 1,2
        --json FILE  write the result, with each single value, to a file
        --plot DIR   draw charts (SVG) into a directory
        --from FILE  draw those of an earlier --json file, and measure nothing
        --check      only ratios and memory, with slack for a machine that has other work;
                     less than a minute; exit status 1 where a budget is missed

      rows: 1  a host process is killed -> its replacement runs; also one that was adopted
            2  the same with every JVM of Gyre killed
            3  the main process of a container is killed -> the next runs
            4  apply -> the runtime is called, the process runs, the answer is there
            5  memory, processor time and wake-ups while idle
            6  gyre get instances
            7  gyre up -d on an empty data root -> ready
            8  a hundred, a thousand and ten thousand instances of a simulated runtime
            9  a thousand HTTP probes a second: the reconciler
           10  two hundred processes applied -> all run
           11  thirty containers applied -> all run
           12  a rolling update of ten
           13  requests to the API, reading and writing, alone and while reconciling
           14  a change -> its event at a client
           15  the bus between two JVMs, one way
           16  a component is killed -> the next is ready
           17  what the data root takes on the disk, at rest and after a simulated day
      peers: runit, pm2, systemd, supervisor and s6 for 1 and 2, all but runit for 10; the Docker
             engine's own restarts and podman for 3; docker-compose for 11
      """;

  static Options parse(String[] arguments) {
    Workshop.Pace pace = Workshop.Pace.FULL;
    boolean install = false;
    Optional<Path> json = Optional.empty();
    Optional<Path> plot = Optional.empty();
    Optional<Path> from = Optional.empty();
    SortedSet<Integer> rows = all();
    for (int i = 0; i < arguments.length; i++) {
      switch (arguments[i]) {
        case "--quick" -> pace = Workshop.Pace.QUICK;
        case "--check" -> pace = Workshop.Pace.CHECK;
        case "--install" -> install = true;
        case "--rows" -> rows = rows(value(arguments, ++i));
        case "--json" -> json = Optional.of(Path.of(value(arguments, ++i)));
        case "--plot" -> plot = Optional.of(Path.of(value(arguments, ++i)));
        case "--from" -> from = Optional.of(Path.of(value(arguments, ++i)));
        case "--help", "-h" -> rows = new TreeSet<>();
        default -> throw new IllegalArgumentException("unknown option " + arguments[i]);
      }
      if (rows.isEmpty()) {
        break;
      }
    }
    if (from.isPresent() && plot.isEmpty()) {
      throw new IllegalArgumentException("--from needs --plot DIR, where to draw");
    }
    if (from.isPresent() && !Files.isReadable(from.get())) {
      throw new IllegalArgumentException("--from: " + from.get() + " can't be read");
    }
    Optional<Path> place = json.map(file -> file.toAbsolutePath().getParent());
    if (place.isPresent() && !Files.isWritable(place.get())) {
      throw new IllegalArgumentException("--json: nothing can be written into " + place.get());
    }
    if (pace == Workshop.Pace.CHECK && !rows.equals(all()) && !rows.isEmpty()) {
      throw new IllegalArgumentException("--check has its own rows, and takes no --rows");
    }
    return new Options(pace, install, rows, json, plot, from);
  }

  /** What the row is about, as the usage says it. */
  static String title(int number) {
    return USAGE
        .lines()
        .map(line -> line.replaceFirst("^rows:", "").strip())
        .filter(line -> line.matches(number + "  .*"))
        .map(line -> line.substring(line.indexOf(' ')).strip())
        .findFirst()
        .orElse("row " + number);
  }

  boolean check() {
    return pace == Workshop.Pace.CHECK;
  }

  private static SortedSet<Integer> all() {
    return IntStream.rangeClosed(1, ROWS).boxed().collect(Collectors.toCollection(TreeSet::new));
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
}
