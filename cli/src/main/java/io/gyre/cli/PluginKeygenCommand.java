package io.gyre.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "keygen",
    description = {
      "Make a pair of keys to sign plugins with. Prints the public key, which goes into",
      "runtime.trusted_keys of gyre.yaml; the private key stays where plugins are made."
    })
final class PluginKeygenCommand extends GyreCommand {
  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "The private key; FILE.pub gets the public one. Default: gyre-plugin.key.")
  String out = "gyre-plugin.key";

  PluginKeygenCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException {
    KeyPair pair;
    try {
      pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
    Path file = Path.of(out);
    String text = PluginKeys.publicText(pair.getPublic());
    PluginKeys.writeNew(file, PluginKeys.privateText(pair.getPrivate()), "rw-------");
    PluginKeys.writeNew(Path.of(out + ".pub"), text + "\n", "rw-r--r--");
    session().line(text);
    session().note("wrote " + file + " (keep it secret) and " + file + ".pub");
    session().note("key id " + PluginKeys.id(pair.getPublic()) + "; trust it in gyre.yaml:");
    session().note("  runtime: { require_signed: true, trusted_keys: [ " + text + " ] }");
    return Exit.OK;
  }
}
