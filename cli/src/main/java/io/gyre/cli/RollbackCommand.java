package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "rollback", description = "Want an earlier revision of a deployment again.")
final class RollbackCommand extends GyreCommand {
  @Parameters(index = "0", paramLabel = "NAME", description = "The deployment.")
  String name = "";

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  @Option(
      names = "--to",
      paramLabel = "REV",
      description = "To this revision; the last one that was healthy if not given.")
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
    return rollBack(session(), session().ref(name, namespace), to, wait, timeoutMs);
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
