import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** supervisor, with a daemon of its own. */
final class Supervisord implements Keeper {
  private final Workshop workshop;
  private final Path root;
  private final CleanUp.Registration registration;
  private final String version;
  private Process daemon;
  private List<String> labels = List.of();

  private Supervisord(Workshop workshop, Path root, String version) {
    this.workshop = workshop;
    this.root = root;
    this.version = version;
    this.registration = workshop.cleanUp().add(() -> Workshop.killMentioning(root.toString()));
  }

  static Supervisord start(Workshop workshop) throws Exception {
    String version = workshop.peers().command("supervisord", "--version").need("supervisord");
    Path root = Files.createTempDirectory(workshop.directory(), "supervisor");
    Supervisord supervisord = new Supervisord(workshop, root, version);
    Files.writeString(
        supervisord.config(),
        """
        [supervisord]
        logfile=%1$s/log
        pidfile=%1$s/pid
        childlogdir=%1$s
        nodaemon=true
        [unix_http_server]
        file=%1$s/socket
        [rpcinterface:supervisor]
        supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
        [supervisorctl]
        serverurl=unix://%1$s/socket
        [include]
        files=%1$s/wanted
        """
            .formatted(root));
    supervisord.startDaemon();
    return supervisord;
  }

  private void startDaemon() throws Exception {
    Files.writeString(root.resolve("wanted"), "");
    daemon = workshop.peers().command("supervisord", "-c", config().toString()).start();
    Workshop.until(10, () -> Files.exists(root.resolve("socket")), "supervisord did not start");
  }

  private Path config() {
    return root.resolve("supervisord.conf");
  }

  @Override
  public void prepare(List<String> wanted) throws Exception {
    StringBuilder text = new StringBuilder();
    Beats beats = workshop.beats();
    for (String label : wanted) {
      text.append(
          """
          [program:%3$s]
          command=%1$s %2$s %3$s
          autorestart=true
          stdout_logfile=NONE
          stderr_logfile=NONE
          """
              .formatted(beats.program(), beats.pipe(), label));
    }
    Files.writeString(root.resolve("wanted"), text);
    labels = List.copyOf(wanted);
  }

  @Override
  public void apply() throws Exception {
    workshop
        .peers()
        .command("supervisorctl", "-c", config().toString(), "update")
        .need("supervisorctl update");
  }

  /**
   * By a new daemon: it stops what is no longer wanted one after the other, a third of a second
   * each.
   */
  @Override
  public void remove() throws Exception {
    Process old = daemon;
    old.destroy();
    Workshop.until(60, () -> !old.isAlive(), "supervisord does not end");
    startDaemon();
  }

  @Override
  public String name() {
    return "supervisor " + version;
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
