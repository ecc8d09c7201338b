package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Follows one run of a job to its end; says why where it didn't succeed. */
final class JobWait {
  private static final long POLL_MS = 150;
  private static final int LAST_LINES = 10;

  /** How long the API may be away, as while it is restarted. */
  private static final long AWAY_LIMIT_MS = 30_000;

  private final Session session;
  private final DeploymentRef ref;
  private final String path;
  private final long timeoutMs;
  private final Screen screen;

  /**
   * @param path of the run, or of a list that it is alone in
   */
  JobWait(Session session, DeploymentRef ref, String path, long timeoutMs) {
    this.session = session;
    this.ref = ref;
    this.path = path;
    this.timeoutMs = timeoutMs;
    this.screen = new Screen(session);
  }

  static boolean ended(JsonNode run) {
    return switch (Json.text(run, "state")) {
      case "", "pending", "running" -> false;
      default -> true;
    };
  }

  /** Exit 0 where it succeeds; fails with the reason otherwise. */
  int await() {
    JsonNode run = awaitEnd();
    if (Json.text(run, "state").equals("succeeded")) {
      return Exit.OK;
    }
    throw new CliFailure(
        Exit.FAILED,
        "run "
            + Json.text(run, "number")
            + " of "
            + ref
            + " "
            + Json.text(run, "state").replace('_', ' '),
        "gyre why " + ref,
        details(session, run),
        null);
  }

  JsonNode awaitEnd() {
    session.out().flush();
    long start = session.nowMs();
    long answered = start;
    while (true) {
      long now = session.nowMs();
      try {
        JsonNode run = fetch();
        answered = now;
        if (!run.isEmpty()) {
          screen.show(List.of(line(run)));
        }
        if (ended(run)) {
          return run;
        }
        if (now - start > timeoutMs) {
          throw new CliFailure(
              Exit.FAILED,
              "not done after " + Times.duration(timeoutMs) + "; the run goes on",
              "gyre job history " + ref,
              run.isEmpty() ? List.of() : details(session, run),
              null);
        }
      } catch (CliFailure e) {
        if (e.exitCode() != Exit.UNREACHABLE || now - answered > AWAY_LIMIT_MS) {
          throw e;
        }
      }
      Screen.pause(POLL_MS);
    }
  }

  private JsonNode fetch() {
    if (!path.contains("?")) {
      return session.api().get(path);
    }
    List<JsonNode> runs = session.api().list(path);
    return runs.isEmpty() ? Json.object() : runs.getFirst();
  }

  private String line(JsonNode run) {
    String why = Describe.reason(run);
    return "run "
        + Json.text(run, "number")
        + " of "
        + ref
        + ": "
        + Json.text(run, "state").replace('_', ' ')
        + ", "
        + Json.number(run, "succeeded")
        + "/"
        + Json.number(run, "completions")
        + " completed"
        + (why.isEmpty() ? "" : ": " + Table.oneLine(why));
  }

  /** How the last attempt that didn't succeed ended, and what it printed. */
  static List<String> details(Session session, JsonNode run) {
    List<String> details = new ArrayList<>();
    String why = Describe.reason(run);
    if (!why.isEmpty()) {
      details.add("  " + Table.oneLine(why));
    }
    JsonNode last = Json.object();
    for (JsonNode attempt : run.path("attempts")) {
      if (!Json.text(attempt, "state").equals("succeeded")) {
        last = attempt;
      }
    }
    if (last.isEmpty()) {
      return details;
    }
    String id = Json.text(last, "instance");
    try {
      JsonNode instance = session.api().get(Lookup.instancePath(id));
      JsonNode exit = instance.path("last_exit");
      if (exit.isObject()) {
        details.add("  " + id + " ended with " + Describe.lastExit(instance, session.nowMs()));
      }
      JsonNode lines = exit.path("last_lines");
      for (int i = Math.max(0, lines.size() - LAST_LINES); i < lines.size(); i++) {
        details.add("    | " + Table.oneLine(lines.path(i).asText()));
      }
    } catch (CliFailure e) {
      // What is known without it is said.
    }
    return details;
  }
}
