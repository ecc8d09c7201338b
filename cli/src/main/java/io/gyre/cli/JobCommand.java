package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "job", description = "See the runs of jobs, start and cancel them.")
final class JobCommand extends GyreCommand {
  private static final List<String> VERBS = List.of("run", "list", "history", "cancel");
  private static final long TAKEN_LIMIT_MS = 10_000;

  @Parameters(
      index = "0",
      paramLabel = "VERB",
      description =
          "run: once more, now. list: all jobs, when they run, and how the last run went. history:"
              + " the runs of a job, or the attempts of one run. cancel: end what is under way.")
  String verb = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "The job.")
  String name = "";

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "RUN",
      description =
          "history, cancel: the number of a run; cancel takes all under way if not given.")
  @Nullable Integer number;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "list: of all namespaces.")
  boolean all;

  @Option(
      names = {"-w", "--wait"},
      description = "run, cancel: until the run has ended. run: exit 1 unless it succeeds.")
  boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "How long to wait: 30s, 5m, 1h. Default: 5m.")
  String timeout = "5m";

  JobCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    long timeoutMs = Times.option("--timeout", timeout);
    if (!VERBS.contains(verb)) {
      throw CliFailure.usage(
          "\"" + verb + "\" is nothing that a job does", "use one of " + String.join(", ", VERBS));
    }
    if (verb.equals("list")) {
      return list();
    }
    if (name.isEmpty()) {
      throw CliFailure.usage("of which job?", "gyre job " + verb + " NAME; gyre job list");
    }
    DeploymentRef ref = session().ref(name, namespace);
    return switch (verb) {
      case "run" -> start(ref, timeoutMs);
      case "cancel" -> cancel(ref, timeoutMs);
      default -> number == null ? history(ref) : attempts(ref, number);
    };
  }

  private int list() {
    Table table =
        new Table(
            all
                ? List.of("NAMESPACE", "NAME", "SCHEDULE", "LAST RUN", "STATE", "ENDED", "NEXT RUN")
                : List.of("NAME", "SCHEDULE", "LAST RUN", "STATE", "ENDED", "NEXT RUN"));
    String wanted = session().namespace(namespace);
    String query = all ? "" : "?namespace=" + Api.encode(wanted);
    for (JsonNode item : api().list("/v1/deployments" + query)) {
      JsonNode job = item.path("job");
      if (job.isObject() && (name.isEmpty() || Json.text(item, "name").equals(name))) {
        List<String> cells = new ArrayList<>();
        if (all) {
          cells.add(Json.text(item, "namespace"));
        }
        JsonNode last = job.path("last_run");
        cells.add(Json.text(item, "name"));
        cells.add(Describe.schedule(job));
        cells.add(Json.text(last, "number"));
        cells.add(Json.text(last, "state"));
        cells.add(ago(last, "ended_at"));
        cells.add(Json.text(job, "next_run_at"));
        table.row(cells);
      }
    }
    if (table.isEmpty()) {
      session().note(all ? "no jobs" : "no jobs in namespace " + wanted);
      return Exit.OK;
    }
    session().lines(table.lines(session().style()));
    return Exit.OK;
  }

  private int history(DeploymentRef ref) {
    Table table =
        new Table(
            List.of(
                "RUN",
                "STATE",
                "COMPLETIONS",
                "FAILED",
                "EXIT",
                "STARTED",
                "TOOK",
                "REVISION",
                "BY",
                "MESSAGE"));
    List<JsonNode> runs = api().list(ref.path() + "/runs");
    if (runs.isEmpty()) {
      session().note("no runs of " + ref + " so far");
      return Exit.OK;
    }
    for (JsonNode run : runs) {
      String actor = Json.text(run, "actor");
      table.row(
          List.of(
              Json.text(run, "number"),
              Json.text(run, "state"),
              Json.number(run, "succeeded") + "/" + Json.number(run, "completions"),
              Json.text(run, "failed"),
              Json.text(run, "exit_code"),
              ago(run, "started_at"),
              took(run),
              Json.text(run, "revision"),
              actor.isEmpty() ? Json.text(run, "trigger") : actor,
              Describe.reason(run)));
    }
    session().lines(table.lines(session().style()));
    return Exit.OK;
  }

  private int attempts(DeploymentRef ref, int run) {
    Table table =
        new Table(List.of("ATTEMPT", "INSTANCE", "STATE", "EXIT", "MADE", "ENDED", "MESSAGE"));
    JsonNode found = api().get(ref.path() + "/runs/" + run);
    for (JsonNode attempt : found.path("attempts")) {
      table.row(
          List.of(
              Json.text(attempt, "number"),
              Json.text(attempt, "instance"),
              Json.text(attempt, "state"),
              Json.text(attempt, "exit_code"),
              ago(attempt, "created_at"),
              ago(attempt, "ended_at"),
              Json.text(attempt, "message")));
    }
    String why = Describe.reason(found);
    session()
        .line(
            "run "
                + run
                + " of "
                + ref
                + ": "
                + Json.text(found, "state").replace('_', ' ')
                + (why.isEmpty() ? "" : ": " + Table.oneLine(why)));
    session().lines(table.isEmpty() ? List.of() : table.lines(session().style()));
    return Exit.OK;
  }

  private String ago(JsonNode item, String field) {
    String at = Json.text(item, field);
    return at.isEmpty() ? "" : Times.age(at, session().nowMs()) + " ago";
  }

  private String took(JsonNode run) {
    long start = Times.epochMs(Json.text(run, "started_at"));
    long end = Times.epochMs(Json.text(run, "ended_at"));
    if (start < 0) {
      return "";
    }
    return Times.duration(Math.max(0, (end < 0 ? session().nowMs() : end) - start));
  }

  private int start(DeploymentRef ref, long timeoutMs) {
    if (number != null) {
      throw CliFailure.usage("run takes no number: each run gets the next one", null);
    }
    long request = Json.number(api().post(ref.path() + "/runs", null), "request");
    JsonNode run = taken(ref, request);
    if (run == null) {
      session().line("job " + ref + " will run as soon as the reconciler is back");
      if (!wait) {
        return Exit.OK;
      }
    } else {
      session().line("job " + ref + ": run " + Json.text(run, "number"));
    }
    return wait
        ? new JobWait(session(), ref, ref.path() + "/runs?request=" + request, timeoutMs).await()
        : Exit.OK;
  }

  /** The run that answers the request, once there is one; null where that takes long. */
  private @Nullable JsonNode taken(DeploymentRef ref, long request) {
    long start = session().nowMs();
    while (session().nowMs() - start < TAKEN_LIMIT_MS) {
      List<JsonNode> runs = api().list(ref.path() + "/runs?request=" + request);
      if (!runs.isEmpty()) {
        return runs.getFirst();
      }
      Screen.pause(50);
    }
    return null;
  }

  private int cancel(DeploymentRef ref, long timeoutMs) {
    List<String> open = new ArrayList<>();
    for (JsonNode run : api().list(ref.path() + "/runs")) {
      String each = Json.text(run, "number");
      boolean meant = number == null ? !JobWait.ended(run) : each.equals(number.toString());
      if (meant) {
        open.add(each);
      }
    }
    if (open.isEmpty()) {
      if (number != null) {
        throw new CliFailure(
            Exit.NOT_FOUND, "no run " + number + " of " + ref, "gyre job history " + ref);
      }
      session().line("job " + ref + " has no run under way");
      return Exit.OK;
    }
    for (String run : open) {
      JsonNode before = api().post(ref.path() + "/runs/" + run + "/cancel", null);
      session()
          .line(
              "job "
                  + ref
                  + ": run "
                  + run
                  + (JobWait.ended(before)
                      ? " has ended already: " + Json.text(before, "state").replace('_', ' ')
                      : " is cancelled"));
    }
    session().out().flush();
    if (wait) {
      for (String run : open) {
        new JobWait(session(), ref, ref.path() + "/runs/" + run, timeoutMs).awaitEnd();
      }
    }
    return Exit.OK;
  }
}
