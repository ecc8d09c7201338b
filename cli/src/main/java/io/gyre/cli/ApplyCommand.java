package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "apply",
    description = "Make what manifests declare so: all of it, or nothing where something is wrong.")
final class ApplyCommand extends GyreCommand {
  @Mixin ManifestOptions manifests = new ManifestOptions();

  @Option(
      names = {"-w", "--wait"},
      description = "Wait until every deployment of the manifests is as declared.")
  boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "How long to wait: 30s, 5m, 1h. Default: 5m.")
  String timeout = "5m";

  @Option(names = "--dry-run", description = "Only say what would be done.")
  boolean dryRun;

  ApplyCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    long timeoutMs = Times.option("--timeout", timeout);
    JsonNode answer = apply(session(), manifests, dryRun);
    return wait && !dryRun ? new Rollout(session(), answer, timeoutMs).await() : Exit.OK;
  }

  /** Applies and prints a line per change. */
  static JsonNode apply(Session session, ManifestOptions manifests, boolean dryRun) {
    ObjectNode request = manifests.request(session);
    JsonNode answer = session.api().post("/v1/apply?dry_run=" + dryRun, request);
    if (answer.path("changes").isEmpty()) {
      session.note("the manifest declares nothing");
    }
    for (JsonNode change : answer.path("changes")) {
      session.line(Changes.line(change, dryRun));
    }
    session.out().flush();
    return answer;
  }
}
