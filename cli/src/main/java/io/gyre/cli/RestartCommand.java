package io.gyre.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "restart",
    description = "Restart all instances of deployments, also of stopped ones.")
final class RestartCommand extends GyreCommand {
  @Parameters(arity = "1..*", paramLabel = "NAME", description = "Deployments.")
  List<String> names = new ArrayList<>();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  RestartCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    List<DeploymentRef> refs = names.stream().map(name -> session().ref(name, namespace)).toList();
    for (DeploymentRef ref : refs) {
      api().post(ref.path() + "/restart", null);
      session().line("deployment " + ref + " restarting");
    }
    return Exit.OK;
  }
}
