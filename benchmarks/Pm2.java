import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** pm2, from the path or else installed into the workshop by npm, with a daemon of its own. */
final class Pm2 implements Contender, AutoCloseable {
  private final Beats beats;
  private final Path program;
  private final Map<String, String> environment;
  private final List<String> labels;
  private final CleanUp.Registration registration;
  private String version = "";

  private Pm2(Workshop workshop, Path program, List<String> labels) {
    this.beats = workshop.beats();
    this.program = program;
    this.labels = labels;
    this.environment = Map.of("PM2_HOME", workshop.directory().resolve("pm2").toString());
    this.registration = workshop.cleanUp().add(this::kill);
  }

  static Path install(Workshop workshop) throws Exception {
    var found = Command.onPath("pm2");
    if (found.isPresent()) {
      return found.get();
    }
    if (Command.onPath("npm").isEmpty()) {
      throw new Unmeasured("neither pm2 nor npm is installed");
    }
    Path directory = Files.createDirectories(workshop.directory().resolve("npm"));
    List<String> install = new ArrayList<>(List.of("npm", "install", "--silent", "--no-fund"));
    install.addAll(List.of("--no-audit", "--prefix", directory.toString(), "pm2"));
    Command.of(install).need("npm cannot install pm2");
    return directory.resolve("node_modules/.bin/pm2");
  }

  static Pm2 start(Workshop workshop, int workloads) throws Exception {
    List<String> labels =
        IntStream.range(0, workloads).mapToObj(number -> "pm2-" + number).toList();
    Pm2 pm2 = new Pm2(workshop, install(workshop), labels);
    String apps =
        labels.stream()
            .map(
                label ->
                    """
                    {"name": "%s", "script": "%s", "args": ["%s", "%s"], "interpreter": "none",
                     "autorestart": true, "out_file": "/dev/null", "error_file": "/dev/null"}\
                    """
                        .formatted(label, pm2.beats.program(), pm2.beats.pipe(), label))
            .collect(Collectors.joining(",\n"));
    Path file = workshop.directory().resolve("pm2.config.json");
    Files.writeString(file, "{\"apps\": [\n" + apps + "\n]}\n");
    pm2.command("start", file.toString()).need("pm2 start");
    pm2.version = pm2.command("--version").need("pm2 --version").lines().toList().getLast();
    pm2.beats.awaitAll(labels, 30);
    return pm2;
  }

  private Command command(String... arguments) {
    List<String> words = new ArrayList<>(List.of(program.toString()));
    words.addAll(List.of(arguments));
    return Command.of(words).with(environment);
  }

  @Override
  public String name() {
    return "pm2 " + version;
  }

  @Override
  public List<String> labels() {
    return labels;
  }

  @Override
  public long pid(String label) {
    return beats.newest(label).orElseThrow().pid();
  }

  @Override
  public void close() {
    registration.close();
  }

  private void kill() throws Exception {
    command("kill").within(30).run();
  }
}
