package io.gyre.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "verify", description = "Check the signature of a plugin's jar, FILE.sig.")
final class PluginVerifyCommand extends GyreCommand {
  @Parameters(paramLabel = "FILE", description = "The jar.")
  String file = "";

  @Option(
      names = "--key",
      required = true,
      paramLabel = "KEY",
      description = "The public key: the line that gyre plugin keygen printed, or its file.")
  String key = "";

  @Option(names = "--signature", paramLabel = "FILE.sig", description = "Default: FILE.sig.")
  String signature = "";

  PluginVerifyCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException {
    PublicKey known = PluginKeys.readPublic(key);
    Path from = Path.of(signature.isEmpty() ? file + ".sig" : signature);
    if (!Files.isRegularFile(from)) {
      throw new CliFailure(
          Exit.FAILED, "there is no signature " + from, "gyre plugin sign " + file + " --key KEY");
    }
    if (!PluginKeys.verify(Path.of(file), Files.readString(from), known)) {
      throw new CliFailure(
          Exit.FAILED, from + " is no signature of " + file + " by " + PluginKeys.id(known), null);
    }
    session().line(file + " is signed by " + PluginKeys.id(known));
    return Exit.OK;
  }
}
