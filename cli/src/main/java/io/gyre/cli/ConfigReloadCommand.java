package io.gyre.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;

@Command(
    name = "reload",
    description = {
      "Make every process of Gyre read the configuration now, and say what each made of it.",
      "They also notice a changed file by themselves."
    })
final class ConfigReloadCommand extends GyreCommand {
  private static final long ANSWER_MS = 5000;
  private static final long POLL_MS = 20;

  ConfigReloadCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    Marks marks = new Marks(session().home());
    List<Marks.Mark> live = marks.live();
    if (live.isEmpty()) {
      throw new CliFailure(Exit.UNREACHABLE, "Gyre is not running", "gyre config check");
    }
    long start = session().nowMs();
    Map<Marks.Mark, Long> reads = new LinkedHashMap<>();
    for (Marks.Mark mark : live) {
      reads.put(mark, marks.config(mark).reads());
      Units.Said said = Units.run("kill", "-HUP", Long.toString(mark.pid()));
      if (said.exit() != 0) {
        throw new CliFailure(
            Exit.FAILED,
            mark.component() + " could not be told: " + said.said(),
            "run this as the user that started Gyre");
      }
    }
    Table table = new Table(List.of("COMPONENT", "RESULT"));
    String problems = "";
    boolean silent = false;
    for (Marks.Mark mark : live) {
      Marks.ConfigNote note = answer(marks, mark, reads.getOrDefault(mark, 0L), start);
      if (note.reads() <= reads.getOrDefault(mark, 0L)) {
        silent = true;
        table.row(List.of(mark.component(), "did not answer (was it started by nohup?)"));
        continue;
      }
      problems = problems.isEmpty() ? note.problems() : problems;
      table.row(List.of(mark.component(), words(note, start)));
    }
    session().lines(table.lines(session().style()));
    session().out().flush();
    if (!problems.isEmpty()) {
      throw new CliFailure(
          Exit.FAILED,
          session().configFile() + " is broken; the last good configuration stays in use",
          "mend it; gyre config check",
          problems.lines().toList(),
          null);
    }
    return silent ? Exit.FAILED : Exit.OK;
  }

  private Marks.ConfigNote answer(Marks marks, Marks.Mark mark, long before, long start) {
    while (true) {
      Marks.ConfigNote note = marks.config(mark);
      if (note.reads() > before || session().nowMs() - start > ANSWER_MS) {
        return note;
      }
      Screen.pause(POLL_MS);
    }
  }

  private String words(Marks.ConfigNote note, long start) {
    if (!note.problems().isEmpty()) {
      return "keeps the last good configuration";
    }
    String changed = String.join("; ", note.changed().lines().toList());
    String words;
    if (changed.isEmpty()) {
      words = "no change";
    } else if (note.changedAtMs() >= start) {
      words = "changed: " + changed;
    } else {
      words =
          "no change; the last, "
              + Times.duration(Math.max(0, session().nowMs() - note.changedAtMs()))
              + " ago: "
              + changed;
    }
    return note.restart().isEmpty()
        ? words
        : words + "; needs a restart for " + String.join("; ", note.restart().lines().toList());
  }
}
