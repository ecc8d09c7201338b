package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "scale", description = "Change how many instances deployments have.")
final class ScaleCommand extends GyreCommand {
  @Parameters(
      arity = "1..*",
      paramLabel = "NAME[=N]",
      description = "Deployments, each with its own number or with that of --replicas.")
  List<String> names = new ArrayList<>();

  @Option(
      names = {"-r", "--replicas"},
      paramLabel = "N",
      description = "Instances wanted, 0 or more.")
  @Nullable Integer replicas;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  ScaleCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    Map<DeploymentRef, Integer> wanted = new LinkedHashMap<>();
    for (String word : names) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      wanted.put(
          session().ref(name, namespace),
          equals < 0 ? common(word) : number(word.substring(equals + 1)));
    }
    wanted.forEach(
        (ref, count) -> {
          JsonNode body = Json.object().put("replicas", count.intValue());
          api().post(ref.path() + "/scale", body);
          session()
              .line(
                  "deployment "
                      + ref
                      + " scaled to "
                      + count
                      + (count == 1 ? " replica" : " replicas"));
        });
    return Exit.OK;
  }

  private int common(String name) {
    if (replicas == null) {
      throw CliFailure.usage(
          "how many replicas of " + name + "?", "gyre scale " + name + "=N, or --replicas N");
    }
    return number(replicas.toString());
  }

  private static int number(String text) {
    try {
      int number = Integer.parseInt(text);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw CliFailure.usage("\"" + text + "\" is not a number of replicas", "use 0 or more");
  }
}
