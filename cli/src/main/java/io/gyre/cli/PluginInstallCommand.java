package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "install",
    description = {
      "Put a plugin's jar into the plugins directory of this machine and wait until it serves or",
      "was rejected. A rejected one changes nothing: what served goes on. Workloads never notice."
    })
final class PluginInstallCommand extends GyreCommand {
  private static final long POLL_MS = 150;
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,99}");

  @Parameters(paramLabel = "FILE", description = "The jar.")
  String file = "";

  @Option(
      names = "--signature",
      paramLabel = "FILE.sig",
      description = "Its signature. Default: FILE.sig, if there is one.")
  String signature = "";

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "How long to wait for it. Default: 60s.")
  String timeout = "60s";

  PluginInstallCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException {
    long timeoutMs = Times.option("--timeout", timeout);
    Path jar = Path.of(file);
    String id = id(jar);
    String sha256 = digest(jar);
    Path directory = session().home().resolve("plugins");
    Path target = directory.resolve(id + ".jar");
    List<JsonNode> before = api().list("/v1/plugins");
    for (JsonNode plugin : before) {
      if (serves(plugin, sha256)) {
        session().line(said(plugin) + " already");
        return Exit.OK;
      }
    }
    long begun = session().nowMs();
    put(jar, sha256, target);
    return await(target, sha256, begun, timeoutMs);
  }

  private static String id(Path jar) throws IOException {
    if (!Files.isRegularFile(jar)) {
      throw new CliFailure(Exit.FAILED, "there is no file " + jar, null);
    }
    String id = null;
    try (JarFile opened = new JarFile(jar.toFile())) {
      Manifest manifest = opened.getManifest();
      id = manifest == null ? null : manifest.getMainAttributes().getValue("Plugin-Id");
    } catch (java.util.zip.ZipException e) {
      throw new CliFailure(Exit.FAILED, jar + " is not a complete jar: " + e.getMessage(), null);
    }
    if (id == null || !ID.matcher(id).matches()) {
      throw new CliFailure(
          Exit.FAILED,
          jar + " is no plugin: its manifest names no Plugin-Id" + (id == null ? "" : " but " + id),
          null);
    }
    return id;
  }

  /** The signature is there before the jar, and each is there whole. */
  private void put(Path jar, String sha256, Path target) throws IOException {
    Path directory = target.resolveSibling("");
    if (!Files.isDirectory(directory)) {
      throw new CliFailure(
          Exit.FAILED,
          "there is no directory " + directory,
          "set GYRE_HOME to the data root of the Gyre that is meant; gyre up makes one");
    }
    Path from = Path.of(signature.isEmpty() ? file + ".sig" : signature);
    if (!signature.isEmpty() && !Files.isRegularFile(from)) {
      throw new CliFailure(Exit.FAILED, "there is no file " + from, null);
    }
    Path temporary = target.resolveSibling("." + target.getFileName() + ".new");
    Path signed = target.resolveSibling(target.getFileName() + ".sig");
    Path temporarySignature = target.resolveSibling("." + signed.getFileName() + ".new");
    try {
      MessageDigest digest = sha256();
      try (OutputStream out = new DigestOutputStream(Files.newOutputStream(temporary), digest)) {
        Files.copy(jar, out);
      }
      if (!HexFormat.of().formatHex(digest.digest()).equals(sha256)) {
        throw new CliFailure(Exit.FAILED, jar + " changed while it was copied", "try again");
      }
      if (Files.isRegularFile(from)) {
        Files.copy(from, temporarySignature, StandardCopyOption.REPLACE_EXISTING);
        Files.move(temporarySignature, signed, StandardCopyOption.ATOMIC_MOVE);
      } else {
        Files.deleteIfExists(signed);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AccessDeniedException e) {
      throw new CliFailure(
          Exit.FAILED,
          "you may not write into " + directory,
          "run it as the user of Gyre: sudo gyre plugin install " + file);
    } finally {
      deleteQuietly(temporary);
      deleteQuietly(temporarySignature);
    }
  }

  private static void deleteQuietly(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // It was never made, or says so at the next attempt.
    }
  }

  private int await(Path target, String sha256, long begun, long timeoutMs) {
    String name = "/" + target.getFileName();
    while (session().nowMs() < begun + timeoutMs) {
      try {
        for (JsonNode plugin : session().freshApi().list("/v1/plugins")) {
          if (serves(plugin, sha256)) {
            session().line(said(plugin));
            return Exit.OK;
          }
          if (Json.text(plugin, "file").endsWith(name)
              && Json.text(plugin, "state").equals("rejected")
              && Instant.parse(Json.text(plugin, "since")).toEpochMilli() >= begun) {
            throw new CliFailure(
                Exit.FAILED,
                "rejected: " + Json.text(plugin, "message"),
                "nothing has changed but the file "
                    + target
                    + "; install a good one, or remove it");
          }
        }
      } catch (CliFailure e) {
        if (e.exitCode() != Exit.UNREACHABLE) {
          throw e;
        }
      }
      Screen.pause(POLL_MS);
    }
    throw new CliFailure(
        Exit.FAILED,
        "no news of " + target + " within " + timeout,
        "gyre get plugins; gyre status shows whether the runtime process runs");
  }

  private static boolean serves(JsonNode plugin, String sha256) {
    return Json.text(plugin, "state").equals("serving")
        && Json.text(plugin, "sha256").equals(sha256);
  }

  private static String said(JsonNode plugin) {
    return "runtime "
        + Json.text(plugin, "runtime")
        + " is served by "
        + Json.text(plugin, "name")
        + " "
        + Json.text(plugin, "version");
  }

  private static String digest(Path file) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
