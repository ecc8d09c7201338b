import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** pm2, with a daemon of its own. */
final class Pm2 implements Keeper {
  private final Beats beats;
  private final Path root;
  private final Path program;
  private final CleanUp.Registration registration;
  private String version = "";
  private List<String> labels = List.of();

  private Pm2(Workshop workshop, Path program, Path root) {
    this.beats = workshop.beats();
    this.program = program;
    this.root = root;
    this.registration = workshop.cleanUp().add(this::kill);
  }

  static Pm2 start(Workshop workshop) throws Exception {
    Path root = Files.createTempDirectory(workshop.directory(), "pm2");
    Pm2 pm2 = new Pm2(workshop, workshop.peers().pm2(!workshop.hurried()), root);
    pm2.command("ping").need("pm2 ping");
    pm2.version = pm2.command("--version").need("pm2 --version").lines().toList().getLast();
    return pm2;
  }

  private Command command(String... arguments) {
    List<String> words = new ArrayList<>(List.of(program.toString()));
    words.addAll(List.of(arguments));
    return Command.of(words).with(Map.of("PM2_HOME", root.toString()));
  }

  private Path config() {
    return root.resolve("wanted.config.json");
  }

  @Override
  public void prepare(List<String> wanted) throws Exception {
    String apps =
        wanted.stream()
            .map(
                label ->
                    """
                    {"name": "%s", "script": "%s", "args": ["%s", "%s"], "interpreter": "none",
                     "autorestart": true, "out_file": "/dev/null", "error_file": "/dev/null"}\
                    """
                        .formatted(label, beats.program(), beats.pipe(), label))
            .collect(Collectors.joining(",\n"));
    Files.writeString(config(), "{\"apps\": [\n" + apps + "\n]}\n");
    labels = List.copyOf(wanted);
  }

  @Override
  public void apply() throws Exception {
    command("start", config().toString()).need("pm2 start");
  }

  @Override
  public void remove() throws Exception {
    command("delete", "all").need("pm2 delete");
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
    Workshop.killMentioning(root.toString());
  }
}
