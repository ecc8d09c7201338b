import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The process runtime of a Gyre of its own. */
final class GyreProcesses implements Keeper {
  private final Beats beats;
  private final String name;
  private final Gyre gyre;
  private List<String> labels = List.of();

  private GyreProcesses(Beats beats, String name, Gyre gyre) {
    this.beats = beats;
    this.name = name;
    this.gyre = gyre;
  }

  /** Of a Gyre that has other things to do besides. */
  static Contender contender(Beats beats, String name, List<String> labels) {
    return new Contender.Part(name, labels, label -> beats.newest(label).orElseThrow().pid());
  }

  static GyreProcesses start(Workshop workshop, String name) throws Exception {
    return new GyreProcesses(workshop.beats(), name, Gyre.start(workshop, ""));
  }

  Gyre gyre() {
    return gyre;
  }

  private Path manifest() {
    return gyre.home().resolve("wanted.yaml");
  }

  @Override
  public void prepare(List<String> wanted) throws Exception {
    Files.writeString(manifest(), Manifests.processes(beats, wanted));
    labels = List.copyOf(wanted);
  }

  @Override
  public void apply() throws Exception {
    gyre.gyre("apply", "-f", manifest().toString());
  }

  @Override
  public void remove() throws Exception {
    gyre.gyre("delete", "--all", "--wait", "--timeout", "60s");
  }

  @Override
  public String name() {
    return name;
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
    gyre.close();
  }
}
