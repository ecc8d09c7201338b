package io.gyre.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "restart",
    description = {
      "Replace processes of Gyre, one after the other, and wait until each new one is ready.",
      "The new one starts up before the old one ends; if it can't, the old one stays. Workloads",
      "are not touched, and no connection to the API is refused."
    })
final class ComponentRestartCommand extends GyreCommand {
  private static final long POLL_MS = 20;
  private static final long NEXT_SUPERVISOR_MS = 5000;

  @Parameters(
      arity = "1..*",
      paramLabel = "NAME",
      description = "api, reconciler, runtime or supervisor.")
  List<String> names = new ArrayList<>();

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "How long each may take: 30s, 5m. Default: 1m.")
  String timeout = "1m";

  ComponentRestartCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    long timeoutMs = Times.option("--timeout", timeout);
    names.forEach(ComponentCommand::known);
    Marks marks = new Marks(session().home());
    for (String name : names) {
      if (Units.inCharge(marks)) {
        unit(name);
      } else if (name.equals(Marks.SUPERVISOR)) {
        supervisor(marks, timeoutMs);
      } else {
        session().line(name + " restarted: " + ask(name, timeoutMs).message());
      }
      session().out().flush();
    }
    return Exit.OK;
  }

  private void unit(String name) {
    long start = session().nowMs();
    Units.Said said = Units.run("systemctl", "restart", Units.name(name));
    if (said.exit() != 0) {
      throw new CliFailure(
          Exit.FAILED,
          name + " was not restarted: " + said.said(),
          "journalctl -u " + Units.name(name) + "; systemctl needs root");
    }
    session().line(name + " restarted: ready after " + (session().nowMs() - start) + " ms");
  }

  private SupervisorClient.Answer ask(String name, long timeoutMs) {
    SupervisorClient client = new SupervisorClient(session().home());
    Map<String, String> request =
        Map.of("do", "restart", "component", name, "limit_ms", Long.toString(timeoutMs));
    long start = session().nowMs();
    Optional<SupervisorClient.Answer> given = client.ask(request);
    // The next one may be on its way.
    while (given.isEmpty()
        && session().nowMs() - start < NEXT_SUPERVISOR_MS
        && !new Marks(session().home()).live().isEmpty()) {
      Screen.pause(POLL_MS);
      given = client.ask(request);
    }
    SupervisorClient.Answer answer =
        given.orElseThrow(
            () ->
                new CliFailure(
                    Exit.UNREACHABLE,
                    "no supervisor answers in " + session().home(),
                    "gyre up -d starts one, which adopts what runs"));
    if (!answer.ok()) {
      throw new CliFailure(
          Exit.FAILED,
          name + " was not restarted: " + answer.message(),
          name.equals(Marks.SUPERVISOR) ? null : "gyre component logs " + name);
    }
    return answer;
  }

  /** It answers before it ends; the next one is there when its mark says so. */
  private void supervisor(Marks marks, long timeoutMs) {
    long start = session().nowMs();
    long before = marks.read(Marks.SUPERVISOR).map(Marks.Mark::pid).orElse(0L);
    ask(Marks.SUPERVISOR, timeoutMs);
    while (true) {
      Marks.Mark now = marks.read(Marks.SUPERVISOR).filter(Marks.Mark::live).orElse(null);
      if (now != null && now.pid() != before && now.state().equals("ready")) {
        session()
            .line(
                "supervisor restarted: pid %d instead of %d, ready after %d ms"
                    .formatted(now.pid(), before, session().nowMs() - start));
        return;
      }
      if (session().nowMs() - start > timeoutMs) {
        throw new CliFailure(
            Exit.FAILED,
            "the next supervisor is not ready after " + Times.duration(timeoutMs),
            "gyre up -d; the components go on");
      }
      Screen.pause(POLL_MS);
    }
  }
}
