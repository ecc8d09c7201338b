package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "rollback",
    description = "Want an earlier revision of a deployment, or version of a config, again.")
final class RollbackCommand extends GyreCommand {
  @Parameters(
      arity = "1..2",
      paramLabel = "[KIND] NAME",
      description = "The deployment; or \"config\" (cfg) and its name.")
  List<String> words = new ArrayList<>();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  @Option(
      names = "--to",
      paramLabel = "REV",
      description =
          "To this revision, the last one that was healthy if not given; of a config to this"
              + " version.")
  @Nullable Integer to;

  @Option(names = "--wait", description = "Until it serves. Exit 1 where it fails.")
  boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "How long to wait: 30s, 5m, 1h. Default: 5m.")
  String timeout = "5m";

  RollbackCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    long timeoutMs = Times.option("--timeout", timeout);
    DeploymentRef ref = session().ref(words.getLast(), namespace);
    ResourceKind kind =
        words.size() == 1 ? ResourceKind.DEPLOYMENTS : ResourceKind.parse(words.getFirst());
    return switch (kind) {
      case DEPLOYMENTS -> rollBack(session(), ref, to, wait, timeoutMs);
      case CONFIGS -> config(ref);
      case INSTANCES, REVISIONS, RUNTIMES, PLUGINS, NAMESPACES, VOLUMES, EVENTS ->
          throw CliFailure.usage(
              "only deployments and configs go back", "a plugin: gyre plugin rollback NAME");
    };
  }

  private int config(DeploymentRef ref) {
    if (to == null || wait) {
      throw CliFailure.usage(
          "which version?",
          "gyre rollback config " + ref + " --to VERSION; see gyre describe config");
    }
    JsonNode answer =
        api().post(ConfigDescription.path(ref) + "/rollback", Json.object().put("version", to));
    CreateCommand.print(session(), ref, answer);
    return Exit.OK;
  }

  static int rollBack(
      Session session, DeploymentRef ref, @Nullable Integer to, boolean wait, long timeoutMs) {
    JsonNode before = session.api().get(ref.path());
    ObjectNode body = Json.object();
    if (to != null) {
      body.put("revision", to.intValue());
    }
    JsonNode after = session.api().post(ref.path() + "/rollback", body);
    String revision = Json.text(after, "revision");
    if (Json.number(after, "generation") == Json.number(before, "generation")) {
      session.line("deployment " + ref + " is at revision " + revision + " already");
    } else {
      session.line(
          "deployment "
              + ref
              + " goes back from revision "
              + Json.text(before, "revision")
              + " to "
              + revision);
    }
    return wait ? Rollout.of(session, ref, after, timeoutMs).await() : Exit.OK;
  }
}
