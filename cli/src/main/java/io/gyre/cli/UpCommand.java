package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "up",
    description =
        "Start Gyre where it doesn't run yet, apply manifests, and show how they come to run.")
final class UpCommand extends GyreCommand {
  /** Runtimes announce themselves one by one; a manifest may come before its runtime. */
  private static final long RUNTIME_PATIENCE_MS = 10_000;

  @Option(
      names = {"-d", "--detach"},
      description =
          "Leave Gyre running in the background. Without it Gyre runs until Ctrl-C; workloads go on"
              + " either way.")
  boolean detach;

  @Mixin ManifestOptions manifests = new ManifestOptions();

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "How long the deployments may take: 30s, 5m, 1h. Default: 5m.")
  String timeout = "5m";

  UpCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException, InterruptedException {
    long timeoutMs = Times.option("--timeout", timeout);
    // Read first: a mistyped file name should start nothing.
    @Nullable ObjectNode request = manifests.files.isEmpty() ? null : manifests.request(session());
    SupervisorStart start = new SupervisorStart(session());
    if (start.alreadyRunning()) {
      session().line("Gyre is already running");
      start.awaitReady();
      return apply(request, false, timeoutMs);
    }
    if (detach) {
      start.detached();
      start.awaitReady();
      session().line("Gyre is up at " + session().freshApi().base());
      return apply(request, true, timeoutMs);
    }
    start.inForeground();
    start.awaitReady();
    session()
        .line(
            "Gyre is up at " + session().freshApi().base() + "; Ctrl-C stops it, workloads go on");
    try {
      apply(request, true, timeoutMs);
    } catch (CliFailure e) {
      // Gyre runs: say what is wrong and stay, so that the user can mend it from elsewhere.
      GyreCli.report(session(), e);
    }
    session().out().flush();
    return start.awaitEnd();
  }

  private int apply(@Nullable ObjectNode request, boolean fresh, long timeoutMs) {
    session().out().flush();
    if (request == null) {
      return Exit.OK;
    }
    JsonNode answer = patiently(request, fresh);
    for (JsonNode change : answer.path("changes")) {
      session().line(Changes.line(change, false));
    }
    session().out().flush();
    return new Rollout(session(), answer, timeoutMs).await();
  }

  /**
   * @param fresh whether Gyre was started just now
   */
  private JsonNode patiently(ObjectNode request, boolean fresh) {
    long start = session().nowMs();
    while (true) {
      try {
        return api().post("/v1/apply?dry_run=false", request);
      } catch (CliFailure e) {
        boolean runtimeMissing = e.codes().contains("deployment.runtime.unsupported");
        if (!fresh || !runtimeMissing || session().nowMs() - start > RUNTIME_PATIENCE_MS) {
          throw e;
        }
        Screen.pause(100);
      }
    }
  }
}
