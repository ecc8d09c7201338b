package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Tells why a rollout ended badly: the reasons, the last exits and the last lines. */
final class RolloutFailure {
  private static final int LAST_LINES = 10;

  private final Session session;

  RolloutFailure(Session session) {
    this.session = session;
  }

  CliFailure of(List<Progress> hopeless) {
    Progress first = hopeless.getFirst();
    String what =
        first.rolledBack()
            ? "revision " + first.revision() + " of " + first.ref() + " was rolled back"
            : first.halted()
                ? "deployment " + first.ref() + " is stopped"
                : "deployment " + first.ref() + " is " + first.phase().replace('_', ' ');
    if (hopeless.size() > 1) {
      what = hopeless.size() + " deployments fail";
    }
    return failure(what, hopeless);
  }

  CliFailure timeout(List<Progress> unfinished, long timeoutMs) {
    return failure("not ready after " + Times.duration(timeoutMs), unfinished);
  }

  private CliFailure failure(String what, List<Progress> which) {
    List<String> details = new ArrayList<>();
    for (Progress one : which) {
      details.add(
          one.ref()
              + ": "
              + one.phase()
              + ", "
              + one.ready()
              + (one.job() ? " completed" : " ready"));
      String waiting = Table.oneLine(one.rolledBack() ? rollback(one) : one.waitingFor());
      if (!waiting.isEmpty()) {
        details.add("  " + waiting);
      }
      if (one.job()) {
        lastRun(one, details);
      } else {
        lastExit(one, details);
      }
    }
    return new CliFailure(Exit.FAILED, what, "gyre why " + which.getFirst().ref(), details, null);
  }

  private void lastRun(Progress one, List<String> details) {
    String number = Json.text(one.deployment().path("job").path("last_run"), "number");
    if (!number.isEmpty()) {
      try {
        JsonNode run = session.api().get(one.ref().path() + "/runs/" + number);
        List<String> more = JobWait.details(session, run);
        details.addAll(more.isEmpty() ? more : more.subList(1, more.size()));
      } catch (CliFailure e) {
        // What is known without it is said.
      }
    }
  }

  private String rollback(Progress one) {
    try {
      for (JsonNode item : session.api().list(one.ref().path() + "/revisions")) {
        if (Json.number(item, "revision") == one.revision()) {
          return "revision " + one.revision() + " failed: " + Describe.reason(item);
        }
      }
    } catch (CliFailure e) {
      // What is known without it is said.
    }
    return one.waitingFor();
  }

  /** The first broken instance tells for all of its deployment. */
  private void lastExit(Progress one, List<String> details) {
    for (JsonNode instance : one.instances()) {
      JsonNode exit = instance.path("last_exit");
      if (!Progress.broken(instance) || !exit.isObject()) {
        continue;
      }
      details.add(
          "  "
              + Json.text(instance, "id")
              + " ended with "
              + Describe.lastExit(instance, session.nowMs()));
      JsonNode lines = exit.path("last_lines");
      for (int i = Math.max(0, lines.size() - LAST_LINES); i < lines.size(); i++) {
        details.add("    | " + Table.oneLine(lines.path(i).asText()));
      }
      return;
    }
  }
}
