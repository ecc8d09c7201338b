package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "down",
    description = "Stop Gyre. Workloads go on, unless --workloads says otherwise.")
final class DownCommand extends GyreCommand {
  private static final long STOP_LIMIT_MS = 20_000;
  private static final long POLL_MS = 20;

  @Option(
      names = "--workloads",
      description = "First delete all deployments of all namespaces and wait for their end.")
  boolean workloads;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "How long the workloads may take to end: 30s, 5m, 1h. Default: 5m.")
  String timeout = "5m";

  DownCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    long timeoutMs = Times.option("--timeout", timeout);
    Marks marks = new Marks(session().home());
    List<Marks.Mark> live = marks.live();
    if (live.isEmpty()) {
      session().line("Gyre is not running");
      if (workloads) {
        session()
            .note("workloads, if any, go on: run gyre up -d first, then gyre down --workloads");
      }
      return Exit.OK;
    }
    if (workloads) {
      deleteAll(timeoutMs);
    }
    if (marks.ofSystemd()) {
      stopUnits();
    } else {
      stop(live);
    }
    awaitEnd(marks);
    session()
        .line(workloads ? "Gyre stopped; no workload is left" : "Gyre stopped; workloads go on");
    return Exit.OK;
  }

  /** What systemd runs it would start again if it were told itself. */
  private void stopUnits() {
    List<String> command =
        List.of(
            "systemctl",
            "stop",
            "gyre.target",
            "gyre-api.socket",
            "gyre-api.service",
            "gyre-reconciler.service",
            "gyre-runtime.service");
    String sudo = "stop it: sudo systemctl stop gyre.target";
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new CliFailure(
            Exit.FAILED, "systemd runs this Gyre, and systemctl stop said: " + said.strip(), sudo);
      }
      session().note("systemd starts it again with the machine; systemctl disable gyre.target");
    } catch (IOException e) {
      throw new CliFailure(Exit.FAILED, "systemd runs this Gyre: " + e.getMessage(), sudo);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliFailure(Exit.FAILED, "interrupted", sudo);
    }
  }

  private void deleteAll(long timeoutMs) {
    Map<DeploymentRef, String> deleted = new LinkedHashMap<>();
    for (JsonNode item : api().list("/v1/deployments")) {
      DeploymentRef ref = new DeploymentRef(Json.text(item, "namespace"), Json.text(item, "name"));
      if (!Json.flag(item, "deleted")) {
        api().delete(ref.path());
      }
      session().line("deployment " + ref + " deleted");
      deleted.put(ref, Json.text(item, "uid"));
    }
    long start = session().nowMs();
    Removal.await(session(), deleted, timeoutMs);
    while (true) {
      List<JsonNode> left = api().list("/v1/instances");
      if (left.isEmpty()) {
        return;
      }
      if (session().nowMs() - start > timeoutMs) {
        throw new CliFailure(
            Exit.FAILED,
            left.size() + " instances are left after " + Times.duration(timeoutMs),
            "gyre get instances -A");
      }
      Screen.pause(100);
    }
  }

  /** The supervisor stops the others; where it is gone, each is told itself. */
  private static void stop(List<Marks.Mark> live) {
    boolean supervised = live.stream().anyMatch(mark -> mark.component().equals(Marks.SUPERVISOR));
    for (Marks.Mark mark : live) {
      if (!supervised || mark.component().equals(Marks.SUPERVISOR)) {
        boolean told = ProcessHandle.of(mark.pid()).map(ProcessHandle::destroy).orElse(true);
        if (!told) {
          throw new CliFailure(
              Exit.FAILED,
              "not allowed to stop " + mark.component() + " (pid " + mark.pid() + ")",
              "run this as the user that started Gyre");
        }
      }
    }
  }

  private void awaitEnd(Marks marks) {
    Screen screen = new Screen(session());
    long start = session().nowMs();
    while (true) {
      List<Marks.Mark> left = marks.live();
      if (left.isEmpty()) {
        screen.show(List.of());
        return;
      }
      List<String> names =
          left.stream().map(mark -> mark.component() + " (pid " + mark.pid() + ")").toList();
      if (session().nowMs() - start > STOP_LIMIT_MS) {
        throw new CliFailure(
            Exit.FAILED,
            "still running: " + String.join(", ", names),
            "see the logs in " + session().home().resolve("log"));
      }
      if (screen.live()) {
        screen.show(List.of("stopping " + String.join(", ", names)));
      }
      Screen.pause(POLL_MS);
    }
  }
}
