import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * runit and s6: a directory with a script for each service, linked into the directory that the
 * daemon looks through.
 */
final class ServiceDirectories implements Keeper {
  private final String name;
  private final Workshop workshop;
  private final Path root;
  private final boolean s6;
  private final CleanUp.Registration registration;
  private List<String> labels = List.of();

  private ServiceDirectories(Workshop workshop, String name, boolean s6) throws IOException {
    this.workshop = workshop;
    this.name = name;
    this.s6 = s6;
    this.root = Files.createTempDirectory(workshop.directory(), name);
    this.registration = workshop.cleanUp().add(() -> Workshop.killMentioning(root.toString()));
    Files.createDirectories(scanned());
  }

  static ServiceDirectories runit(Workshop workshop) throws Exception {
    ServiceDirectories runit = new ServiceDirectories(workshop, "runit", false);
    // Its daemon looks for runsv on the path.
    workshop.peers().command("runsv");
    runit.start(workshop.peers().command("runsvdir", "-P", runit.scanned().toString()));
    return runit;
  }

  static ServiceDirectories s6(Workshop workshop) throws Exception {
    ServiceDirectories s6 = new ServiceDirectories(workshop, "s6", true);
    s6.start(workshop.peers().inPlace("s6-svscan", "-c", "1000", s6.scanned().toString()));
    Path control = s6.scanned().resolve(".s6-svscan/control");
    Workshop.until(10, () -> Files.exists(control), "s6-svscan did not start");
    return s6;
  }

  /** All that it starts has the mark in its environment. */
  private void start(Command daemon) throws Exception {
    daemon.with(Map.of("GYRE_BENCH", root.toString())).start();
  }

  private Path scanned() {
    return root.resolve("scanned");
  }

  @Override
  public void prepare(List<String> wanted) throws Exception {
    for (String label : wanted) {
      Path script = Files.createDirectories(root.resolve("services").resolve(label)).resolve("run");
      Beats beats = workshop.beats();
      Files.writeString(
          script, "#!/bin/sh\nexec %s %s %s\n".formatted(beats.program(), beats.pipe(), label));
      Beats.executable(script);
    }
    labels = List.copyOf(wanted);
  }

  @Override
  public void apply() throws Exception {
    for (String label : labels) {
      Files.createSymbolicLink(scanned().resolve(label), root.resolve("services").resolve(label));
    }
    rescan("-a");
  }

  @Override
  public void remove() throws Exception {
    for (String label : labels) {
      Files.delete(scanned().resolve(label));
    }
    rescan("-an");
    List<Long> left = new ArrayList<>();
    for (String label : labels) {
      workshop.beats().newest(label).ifPresent(beat -> left.add(beat.pid()));
    }
    Workshop.until(30, () -> left.stream().noneMatch(Machine::alive), name + " ends nothing");
  }

  private void rescan(String how) throws Exception {
    if (s6) {
      workshop.peers().command("s6-svscanctl", how, scanned().toString()).need("s6-svscanctl");
    }
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
    return workshop.beats().newest(label).orElseThrow().pid();
  }

  @Override
  public void close() {
    registration.close();
  }
}
