package io.gyre.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "create",
    description = "Create namespaces. Deployments come from manifests: gyre apply.")
final class CreateCommand extends GyreCommand {
  @Parameters(index = "0", paramLabel = "namespace", description = "namespace (ns).")
  String kindWord = "";

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "NAME", description = "Their names.")
  List<String> names = new ArrayList<>();

  CreateCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    ResourceKind kind = ResourceKind.parse(kindWord);
    if (kind != ResourceKind.NAMESPACES) {
      throw CliFailure.usage(
          "create makes namespaces only", "write a manifest and run: gyre apply -f FILE");
    }
    for (String name : names) {
      api().post("/v1/namespaces", Json.object().put("name", name));
      session().line("namespace " + name + " created");
    }
    return Exit.OK;
  }
}
