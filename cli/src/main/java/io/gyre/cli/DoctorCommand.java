package io.gyre.cli;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "doctor",
    description =
        "Check this machine and this Gyre, and say what to do. Exit 1 where a check fails.")
final class DoctorCommand extends GyreCommand {
  @Option(
      names = "--full",
      description = "Check the database in full, which takes longer, not the quick way.")
  boolean full;

  DoctorCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    List<Check> checks = new ArrayList<>();
    checks.addAll(new MachineChecks(session()).all());
    checks.addAll(new GyreChecks(session(), full).all());
    int failed = 0;
    for (Check check : checks) {
      String level = check.level().toString();
      session()
          .line(
              session().style().state(level)
                  + " ".repeat(6 - level.length())
                  + check.name()
                  + " ".repeat(Math.max(1, 14 - check.name().length()))
                  + check.message());
      if (!check.next().isEmpty()) {
        session().line(" ".repeat(20) + "-> " + check.next());
      }
      failed += check.level() == Check.Level.FAIL ? 1 : 0;
    }
    return failed == 0 ? Exit.OK : Exit.FAILED;
  }
}
