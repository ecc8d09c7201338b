package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "rollback",
    description = {
      "Go back to the plugin that served a runtime before. It stays so over restarts, until another",
      "jar is installed. Workloads go on."
    })
final class PluginRollbackCommand extends GyreCommand {
  private static final long POLL_MS = 150;

  @Parameters(paramLabel = "NAME", description = "A runtime, or the id of its plugin.")
  String name = "";

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "How long to wait for it. Default: 60s.")
  String timeout = "60s";

  PluginRollbackCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    long timeoutMs = Times.option("--timeout", timeout);
    JsonNode asked = api().post("/v1/plugins/" + Api.encode(name) + "/rollback", null);
    String correlation = Json.text(asked, "correlation");
    long end = session().nowMs() + timeoutMs;
    while (session().nowMs() < end) {
      try {
        for (JsonNode event : session().freshApi().get("/v1/events?limit=200").path("items")) {
          if (Json.text(event, "correlation").equals(correlation)) {
            String message = Json.text(event, "message");
            switch (Json.text(event, "reason")) {
              case "plugin_rolled_back" -> {
                session().line(message);
                return Exit.OK;
              }
              case "plugin_rollback_failed" ->
                  throw new CliFailure(Exit.FAILED, message, "gyre get plugins");
              default -> {}
            }
          }
        }
      } catch (CliFailure e) {
        if (e.exitCode() != Exit.UNREACHABLE) {
          throw e;
        }
      }
      Screen.pause(POLL_MS);
    }
    throw new CliFailure(
        Exit.FAILED,
        "no news of the rollback of runtime "
            + Json.text(asked, "runtime")
            + " to "
            + Json.text(asked, "to")
            + " within "
            + timeout,
        "gyre get plugins; gyre status");
  }
}
