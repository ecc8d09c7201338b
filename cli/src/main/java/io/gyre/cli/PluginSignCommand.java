package io.gyre.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "sign", description = "Sign a plugin's jar: writes FILE.sig beside it.")
final class PluginSignCommand extends GyreCommand {
  @Parameters(paramLabel = "FILE", description = "The jar.")
  String file = "";

  @Option(
      names = "--key",
      required = true,
      paramLabel = "KEY",
      description = "The private key, as gyre plugin keygen wrote it.")
  String key = "";

  PluginSignCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException {
    Path jar = Path.of(file);
    Path keyFile = Path.of(key);
    String signature = PluginKeys.sign(jar, PluginKeys.readPrivate(keyFile));
    if (PluginKeys.readByOthers(keyFile)) {
      session().note("warning: others may read " + keyFile + ": chmod 600 " + keyFile);
    }
    Path target = Path.of(file + ".sig");
    Path temporary = Path.of(file + ".sig.new");
    Files.writeString(temporary, signature + "\n");
    Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    session().line("wrote " + target);
    return Exit.OK;
  }
}
