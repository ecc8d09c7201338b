package io.gyre.component;

import io.gyre.model.Component;
import io.gyre.model.DataFiles;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Ids;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * The data root of one Gyre, 0700.
 *
 * <pre>
 * gyre.yaml            configuration, optional; elsewhere if GYRE_CONFIG names it
 * admin-token          the first token, 0600
 * keys/                keys that seal secrets, unless they come from elsewhere; 0700
 * data/gyre.db         the truth
 * data/audit.head      where the audit log ended last
 * data/tls/            the certificate that the API made, and its key
 * data/epoch/NAME      how often each process was started
 * data/host-id         tells this root apart from others on the machine
 * data/gyre.yaml.good  the last configuration without problems
 * bus/                 queues and reader positions; may be wiped while all is stopped
 * plugins/             runtime plugins dropped in by the user
 * runtimes/NAME/       state of a runtime plugin; the process runtime keeps its instances here
 * run/NAME.lock        held while the process lives
 * run/NAME.json        who holds it and how far it is
 * run/NAME.config.json what it made of the configuration
 * run/NAME.standby     who has started and waits to take the lock over
 * run/*.bell, *.sock   sockets
 * log/NAME.log         logs
 * replaced-TIME/       what a restore replaced; see PendingRestore for its other directories
 * </pre>
 */
public record Home(Path root, Path configFile) {
  /** The longest path that a Unix-domain socket can be bound to, less room for a file name. */
  private static final int MAX_SOCKET_DIRECTORY = 107 - 40;

  public Home {
    root = root.toAbsolutePath().normalize();
    configFile = configFile.toAbsolutePath().normalize();
  }

  /** With the configuration in it. */
  public Home(Path root) {
    this(root, root.resolve("gyre.yaml"));
  }

  /**
   * {@code GYRE_HOME}, else {@code ~/.local/share/gyre}; its configuration is the file {@code
   * GYRE_CONFIG}, else {@code gyre.yaml} in it.
   */
  public static Home resolve(Map<String, String> environment) {
    String named = environment.getOrDefault("GYRE_HOME", "");
    Path root =
        named.isBlank()
            ? Path.of(System.getProperty("user.home"), ".local", "share", "gyre")
            : Path.of(named);
    String config = environment.getOrDefault("GYRE_CONFIG", "");
    return config.isBlank() ? new Home(root) : new Home(root, Path.of(config));
  }

  /** The last configuration without problems; may not be there. */
  public Path lastGoodConfigFile() {
    return root.resolve("data").resolve("gyre.yaml.good");
  }

  public Path adminTokenFile() {
    return root.resolve("admin-token");
  }

  /** Made by who writes the first key. */
  public Path keys() {
    return root.resolve("keys");
  }

  public Path database() {
    return root.resolve("data").resolve("gyre.db");
  }

  /** Where the audit log ended last. */
  public Path auditHead() {
    return root.resolve("data").resolve("audit.head");
  }

  /** The certificate of the API that it made itself; whoever trusts it may read it. */
  public Path tlsCertificate() {
    return root.resolve("data").resolve("tls").resolve("certificate.pem");
  }

  public Path tlsKey() {
    return root.resolve("data").resolve("tls").resolve("key.pem");
  }

  public Path bus() {
    return root.resolve("bus");
  }

  public Path plugins() {
    return root.resolve("plugins");
  }

  public Path runtimeState(String runtime) {
    return root.resolve("runtimes").resolve(runtime);
  }

  public Path lockFile(Component component) {
    return root.resolve("run").resolve(component.id() + ".lock");
  }

  public Path markFile(Component component) {
    return root.resolve("run").resolve(component.id() + ".json");
  }

  Path configNoteFile(Component component) {
    return root.resolve("run").resolve(component.id() + ".config.json");
  }

  /** Holds the pid of a process that has started up and waits for the component's lock. */
  public Path standbyFile(Component component) {
    return root.resolve("run").resolve(component.id() + ".standby");
  }

  public Path logs() {
    return root.resolve("log");
  }

  public Path logFile(Component component) {
    return logs().resolve(component.id() + ".log");
  }

  /**
   * Where sockets are bound: {@code run/}, or where that path is too long for a socket a directory
   * under the temporary directory whose name is derived from the root.
   */
  public Path sockets() {
    Path run = root.resolve("run");
    if (run.toString().getBytes(StandardCharsets.UTF_8).length <= MAX_SOCKET_DIRECTORY) {
      return run;
    }
    return Path.of("/tmp", "gyre-" + digest(root.toString()).substring(0, 16));
  }

  /** Where the API listens for processes of this host. */
  public Path apiSocket() {
    return sockets().resolve("api.sock");
  }

  /**
   * Makes what is missing, for the owner alone unless {@link DataFiles shared}; refuses a socket
   * directory that is somebody else's.
   */
  public void create() {
    try {
      for (Path directory :
          List.of(
              root,
              root.resolve("data"),
              epochDirectory(),
              bus(),
              plugins(),
              root.resolve("runtimes"),
              root.resolve("run"),
              logs(),
              sockets())) {
        DataFiles.makeDirectory(directory);
      }
      if (!Files.getOwner(sockets()).equals(Files.getOwner(root))) {
        throw new GyreException(
            ErrorKind.CONFLICT,
            "home.sockets_foreign",
            sockets() + " belongs to " + Files.getOwner(sockets()),
            "choose a shorter GYRE_HOME");
      }
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "home.unusable",
          "cannot use the data root " + root + ": " + e,
          "check its owner and the free space, or set GYRE_HOME",
          List.of(),
          e);
    }
  }

  /** A random id made with the data root. */
  public String hostId() {
    return FileText.readOrCreate(root.resolve("data").resolve("host-id"), () -> Ids.random(12));
  }

  /**
   * Counts a start of the component; only who holds its lock may call. The count is durable before
   * this returns.
   */
  long nextEpoch(Component component) {
    Path file = epochDirectory().resolve(component.id());
    long epoch = 1;
    try {
      if (Files.exists(file)) {
        epoch = Long.parseLong(Files.readString(file).strip()) + 1;
      }
    } catch (IOException | NumberFormatException e) {
      // Never go back: a lower epoch would be fenced off. Seconds since 1970 are above every count.
      epoch = System.currentTimeMillis() / 1000;
    }
    FileText.write(file, Long.toString(epoch), true);
    return epoch;
  }

  private Path epochDirectory() {
    return root.resolve("data").resolve("epoch");
  }

  private static String digest(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
