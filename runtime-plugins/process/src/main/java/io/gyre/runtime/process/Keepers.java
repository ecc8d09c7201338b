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

  /** Launches it and returns; the keeper's first record says that it is up. */
  void launch(
      InstanceDirectory directory,
      Path journal,
      Machine machine,
      String handle,
      Beginning beginning)
      throws IOException {
    LogFiles logs = directory.logs();
    List<String> command = new ArrayList<>(List.of(setsid, "--fork", shell, script.toString()));
    command.addAll(
        List.of(
            directory.path().toString(),
            journal.toString(),
            machine.bootId(),
            Long.toString(machine.bootTimeMs()),
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
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.path().toFile())
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.to(directory.keeperLog().toFile()));
    builder.environment().clear();
    builder.environment().put("PATH", Machine.path());
    builder.environment().put("GYRE_KEEPER", handle);
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
