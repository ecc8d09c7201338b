import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Row 15: the bus between two JVMs that run as the components do. */
final class BusTimes {
  private static final double WOKEN_BUDGET_US = 150;

  private final Workshop workshop;

  BusTimes(Workshop workshop) {
    this.workshop = workshop;
  }

  List<Row> measure() throws Exception {
    Libraries libraries = new Libraries(workshop);
    Path directory = Files.createDirectories(workshop.directory().resolve("bus"));
    Path classes = Files.createDirectories(directory.resolve("classes"));
    libraries.compile(workshop.sources().resolve("bus"), classes);
    String classPath = classes + ":" + libraries.classPath();
    List<String> jvm = jvm(classes);
    Process answering = java(jvm, "answer", directory.toString()).start();
    try {
      // What is published before it reads is lost on it.
      Path ready = directory.resolve("ready");
      Workshop.until(30, () -> Files.exists(ready), "the other JVM of the bus did not start");
      int messages = workshop.quick() ? 100 : 400;
      Samples hot = ask(jvm, directory, 5000, 0).thinned(1000);
      workshop.calm().await();
      Samples woken = ask(jvm, directory, messages, 50);
      return List.of(
          Row.measured(15, "bus one way, hot", "us", hot),
          Row.measured(15, "bus one way, woken from idle", "us", woken).within(WOKEN_BUDGET_US));
    } finally {
      answering.destroyForcibly();
    }
  }

  /** The command line of a component, up to its main class. */
  private List<String> jvm(Path classes) throws Exception {
    List<String> words;
    try (Gyre gyre = Gyre.start(workshop, "")) {
      words = Machine.arguments(gyre.pid("reconciler"));
    }
    int classPath = words.indexOf("-cp") + 1;
    List<String> jvm = new ArrayList<>(words.subList(0, classPath));
    jvm.add(words.get(classPath) + ":" + classes);
    return jvm;
  }

  private static Command java(List<String> jvm, String... arguments) {
    List<String> words = new ArrayList<>(jvm);
    words.add("bus.BusLatency");
    words.addAll(List.of(arguments));
    return Command.of(words).with(Map.of("MALLOC_ARENA_MAX", "1"));
  }

  private static Samples ask(List<String> jvm, Path directory, int messages, long idleMs)
      throws Exception {
    String out =
        java(jvm, "ask", directory.toString(), Integer.toString(messages), Long.toString(idleMs))
            .need("the bus");
    return new Samples(
        out.lines()
            .filter(line -> line.matches("\\d+"))
            .map(line -> Long.parseLong(line) / 1000.0)
            .toList());
  }
}
