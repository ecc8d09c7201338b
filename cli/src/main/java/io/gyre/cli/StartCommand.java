package io.gyre.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "start", description = "Start deployments that are stopped.")
final class StartCommand extends GyreCommand {
  @Parameters(arity = "1..*", paramLabel = "NAME", description = "Deployments.")
  List<String> names = new ArrayList<>();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  StartCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    List<DeploymentRef> refs = names.stream().map(name -> session().ref(name, namespace)).toList();
    for (DeploymentRef ref : refs) {
      api().post(ref.path() + "/start", null);
      session().line("deployment " + ref + " starting");
    }
    return Exit.OK;
  }
}
