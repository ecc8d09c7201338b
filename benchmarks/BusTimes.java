import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Row 15: the bus between two JVMs that run as the components do. */
final class BusTimes {
  private static final double WOKEN_BUDGET_US = 150;

  // As the launcher starts components.
  private static final List<String> JVM =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Xss256k",
          "-Xms4m",
          "-Xmn2m",
          "-Xmx48m",
          "-XX:ReservedCodeCacheSize=24m",
          "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED",
          "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
          "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "--enable-native-access=ALL-UNNAMED",
          "-Dchronicle.analytics.disable=true",
          "-Dchronicle.announcer.disable=true");

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
    Process answering = java(classPath, "answer", directory.toString()).start();
    try {
      // What is published before it reads is lost on it.
      Path ready = directory.resolve("ready");
      Workshop.until(30, () -> Files.exists(ready), "the other JVM of the bus did not start");
      int messages = workshop.quick() ? 100 : 400;
      Samples hot = ask(classPath, directory, 5000, 0).thinned(1000);
      workshop.calm().await();
      Samples woken = ask(classPath, directory, messages, 50);
      return List.of(
          Row.measured(15, "bus one way, hot", "us", hot),
          Row.measured(15, "bus one way, woken from idle", "us", woken).within(WOKEN_BUDGET_US));
    } finally {
      answering.destroyForcibly();
    }
  }

  private static Command java(String classPath, String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(JVM);
    words.addAll(List.of("-cp", classPath, "bus.BusLatency"));
    words.addAll(List.of(arguments));
    return Command.of(words);
  }

  private static Samples ask(String classPath, Path directory, int messages, long idleMs)
      throws Exception {
    String out =
        java(
                classPath,
                "ask",
                directory.toString(),
                Integer.toString(messages),
                Long.toString(idleMs))
            .need("the bus");
    return new Samples(
        out.lines()
            .filter(line -> line.matches("\\d+"))
            .map(line -> Long.parseLong(line) / 1000.0)
            .toList());
  }
}
