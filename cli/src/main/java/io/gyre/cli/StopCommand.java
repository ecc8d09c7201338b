package io.gyre.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "stop", description = "Stop all instances of deployments and keep them.")
final class StopCommand extends GyreCommand {
  @Parameters(arity = "1..*", paramLabel = "NAME", description = "Deployments.")
  List<String> names = new ArrayList<>();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  StopCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    List<DeploymentRef> refs = names.stream().map(name -> session().ref(name, namespace)).toList();
    for (DeploymentRef ref : refs) {
      api().post(ref.path() + "/stop", null);
      session().line("deployment " + ref + " stopping");
    }
    return Exit.OK;
  }
}
