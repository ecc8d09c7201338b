package io.gyre.runtime.process;

import io.gyre.runtime.spi.RuntimeFailure;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Launches keepers. The script's file name tells its content, so that an upgrade changes no running
 * one.
 */
final class Keepers {
  private final Path script;
  private final String setsid;
  private final String shell;

  private Keepers(Path script, String setsid, String shell) {
    this.script = script;
    this.setsid = setsid;
    this.shell = shell;
  }

  static Keepers install(Path directory) throws IOException, RuntimeFailure {
    byte[] content;
    try (InputStream resource = Keepers.class.getResourceAsStream("keeper.sh")) {
      if (resource == null) {
        throw new IOException("the plugin's jar lacks keeper.sh");
      }
      content = resource.readAllBytes();
    }
    Path script = directory.resolve(hash(content) + ".sh");
    if (!Files.exists(script)) {
      Path temporary = Files.createTempFile(directory, "keeper", ".tmp");
      Files.write(temporary, content);
      Files.move(temporary, script, StandardCopyOption.ATOMIC_MOVE);
    }
    return new Keepers(script, Machine.tool("setsid"), Machine.tool("sh"));
  }

  private static String hash(byte[] content) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is in every JDK", e);
    }
  }

  /**
   * What the keeper begins with.
   *
   * @param adopt a main process that runs already; empty: it starts one
   */
  record Beginning(
      Optional<ProcessIdentity> adopt,
      long startedAt,
      long restarts,
      long row,
      int failures,
      Optional<Journal.Line> last) {}

  /** The command that becomes a keeper. */
  List<String> command(Order order) {
    Beginning beginning = order.beginning;
    LogFiles logs = order.directory.logs();
    List<String> command =
        new ArrayList<>(
            List.of(
                shell,
                script.toString(),
                order.directory.path().toString(),
                order.journal.toString(),
                order.machine.bootId(),
                Long.toString(order.machine.bootTimeMs()),
                beginning.adopt.isPresent() ? "adopt" : "start",
                beginning.adopt.map(main -> Long.toString(main.pid())).orElse("-"),
                beginning.adopt.map(main -> Long.toString(main.startTime())).orElse("-"),
                Journal.dash(beginning.startedAt),
                Long.toString(beginning.restarts),
                Long.toString(beginning.row),
                Integer.toString(beginning.failures)));
    command.addAll(exit(beginning.last));
    command.addAll(
        List.of(Long.toString(logs.size(LogFiles.OUT)), Long.toString(logs.size(LogFiles.ERR))));
    return command;
  }

  /**
   * @param handle HOST/ID, by which the keeper is found
   */
  record Order(
      InstanceDirectory directory,
      Path journal,
      Machine machine,
      String handle,
      Beginning beginning) {}

  /** As a daemon of its own. Returns at once; the keeper's first record says that it is up. */
  void launch(Order order) throws IOException {
    List<String> command = new ArrayList<>(List.of(setsid, "--fork"));
    command.addAll(command(order));
    command.addAll(List.of("-", "-"));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(order.directory.path().toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.to(order.directory.keeperLog().toFile()));
    builder.environment().clear();
    builder.environment().put("PATH", Machine.path());
    builder.environment().put("GYRE_KEEPER", order.handle);
    Process launcher = builder.start();
    try {
      if (!launcher.waitFor(10, TimeUnit.SECONDS)) {
        throw new IOException("setsid doesn't return");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while launching a keeper", e);
    }
    if (launcher.exitValue() != 0) {
      throw new IOException("setsid failed with " + launcher.exitValue());
    }
  }

  /**
   * In a unit of its own; systemd starts it again with the same arguments.
   *
   * @param known the last record
   * @return why the unit wasn't started; empty where it was, or where nobody knows
   */
  Optional<String> launchUnit(
      Units units, Identity identity, Order order, Optional<Journal.Line> known)
      throws IOException, RuntimeFailure {
    String unit = Units.name(identity.id());
    List<String> command = new ArrayList<>(List.of(Machine.tool("env"), "-i"));
    command.addAll(List.of("PATH=" + Machine.path(), "GYRE_KEEPER=" + order.handle));
    command.addAll(command(order));
    command.add(known.map(Keepers::mark).orElse("-"));
    command.add(unit);
    return units.start(
        identity,
        command,
        List.of(shell, script.toString(), order.directory.path().toString(), "after", unit));
  }

  /** Tells a record from all others. */
  private static String mark(Journal.Line line) {
    return line.event() + " " + line.at() + " " + line.keeper().pid();
  }

  private static List<String> exit(Optional<Journal.Line> last) {
    return last.filter(Journal.Line::hasExit)
        .map(
            line ->
                List.of(
                    Integer.toString(line.exitCode()),
                    Long.toString(line.exitAt()),
                    Journal.dash(line.outFrom()),
                    Journal.dash(line.outTo()),
                    Journal.dash(line.errFrom()),
                    Journal.dash(line.errTo())))
        .orElse(List.of("-", "-", "-", "-", "-", "-"));
  }

  /** The keeper that has an instance, alive or not; empty where none has come up yet. */
  static Optional<Holder> holder(InstanceDirectory directory) throws IOException {
    String text;
    try {
      text = Files.readString(directory.keeper());
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    String[] fields = text.strip().split(" ");
    if (fields.length != 3 || !text.endsWith("\n")) {
      return Optional.of(new Holder(new ProcessIdentity(0, 0), ""));
    }
    return Optional.of(
        new Holder(
            new ProcessIdentity(Long.parseLong(fields[0]), Long.parseLong(fields[1])), fields[2]));
  }

  /**
   * @param boot empty where the file has no whole line (yet)
   */
  record Holder(ProcessIdentity keeper, String boot) {
    boolean alive(String bootId) {
      return boot.equals(bootId) && keeper.alive();
    }
  }
}
