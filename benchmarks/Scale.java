import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Row 8: what a hundred, a thousand and ten thousand instances cost, of a runtime that costs
 * nothing itself: the one that the system tests have.
 */
final class Scale {
  private static final int REPLICAS = 5;
  static final double PASS_BUDGET_MS = 50;
  private static final int PASSES = 10;
  private static final String CONFIG =
      """
      runtime: { settings: { docker: { host: "unix:///nonexistent/docker.sock" } } }
      reconciler: { resync: 1s }
      """;

  private final Workshop workshop;
  private final List<Row> rows = new ArrayList<>();

  Scale(Workshop workshop) {
    this.workshop = workshop;
  }

  List<Row> measure() throws Exception {
    Path jar = plugin();
    List<Integer> sizes = workshop.quick() ? List.of(100, 1000) : List.of(100, 1000, 10_000);
    for (int size : sizes) {
      measure(jar, size);
    }
    return rows;
  }

  private void measure(Path jar, int size) throws Exception {
    Gyre gyre = Gyre.prepare(workshop, CONFIG);
    try (gyre) {
      Files.createDirectories(gyre.home().resolve("plugins"));
      Files.copy(jar, gyre.home().resolve("plugins/simulated.jar"));
      gyre.up();
      until(() -> gyre.get("/v1/runtimes").contains("\"simulated\""));
      workshop.calm().await();
      StringBuilder manifest = new StringBuilder("deployments:\n");
      for (int i = 0; i < size / REPLICAS; i++) {
        manifest.append(
            "  service-%05d: { runtime: simulated, image: sim, replicas: %d }%n"
                .formatted(i, REPLICAS));
      }
      long from = System.nanoTime();
      gyre.apply(manifest.toString());
      value(size, "apply -> answer", "ms", since(from));
      until(() -> running(gyre) == size);
      value(size, "apply -> all run", "ms", since(from));
      Thread.sleep(5000);

      double before = Machine.cpuMillis(gyre.pid("reconciler"));
      Thread.sleep(PASSES * 1000L);
      double passes = Machine.cpuMillis(gyre.pid("reconciler")) - before;
      Row pass = Row.measured(8, size + " instances: full pass, CPU", "ms", one(passes / PASSES));
      rows.add(pass.within(PASS_BUDGET_MS));

      from = System.nanoTime();
      gyre.gyre("get", "instances");
      value(size, "gyre get instances", "ms", since(from));
      for (String component : List.of("reconciler", "runtime", "api")) {
        value(size, component + " killed -> ready", "ms", gyre.replace(component));
      }
      gyre.connect();
      until(() -> running(gyre) == size);
      Thread.sleep(3000);
      for (String component : Gyre.COMPONENTS) {
        value(size, component + " PSS", "MB", Machine.pssMegabytes(gyre.pid(component)));
      }
    }
  }

  private void value(int size, String what, String unit, double value) {
    rows.add(Row.measured(8, size + " instances: " + what, unit, one(value)));
  }

  private static Samples one(double value) {
    return Samples.of(value);
  }

  private static double since(long nanos) {
    return (System.nanoTime() - nanos) / 1e6;
  }

  private static int running(Gyre gyre) throws Exception {
    Matcher count = Pattern.compile("\"running\":(\\d+)").matcher(gyre.get("/v1/status"));
    return count.find() ? Integer.parseInt(count.group(1)) : 0;
  }

  private static void until(Workshop.Condition condition) throws Exception {
    Workshop.until(180, condition, "waited for three minutes");
  }

  /** Compiled against the libraries of the build, so that it needs no module of its own. */
  private Path plugin() throws Exception {
    Libraries libraries = new Libraries(workshop);
    Path classes = Files.createDirectories(workshop.directory().resolve("simulated"));
    libraries.compile(
        libraries.root().resolve("system-tests/src/test/java/io/gyre/system/simulated"), classes);
    return pack(classes, workshop.directory().resolve("simulated.jar"));
  }

  private static Path pack(Path classes, Path jar) throws Exception {
    Manifest head = new Manifest();
    head.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    head.getMainAttributes().putValue("Plugin-Id", "simulated");
    head.getMainAttributes().putValue("Plugin-Version", "1.0.0");
    head.getMainAttributes().putValue("Plugin-Requires", ">=1.0.0 & <2.0.0");
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file, head);
        Stream<Path> files = Files.walk(classes)) {
      for (Path each : files.filter(Files::isRegularFile).sorted().toList()) {
        out.putNextEntry(new JarEntry(classes.relativize(each).toString()));
        out.write(Files.readAllBytes(each));
        out.closeEntry();
      }
      out.putNextEntry(new JarEntry("META-INF/extensions.idx"));
      out.write(
          String.format(Locale.ROOT, "%s%n", "io.gyre.system.simulated.SimulatedPlugin")
              .getBytes(StandardCharsets.UTF_8));
      out.closeEntry();
    }
    return jar;
  }
}
