package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "rollout",
    description = "See and steer how a new revision takes the place of the one that serves.")
final class RolloutCommand extends GyreCommand {
  private static final List<String> VERBS =
      List.of("status", "history", "diff", "pause", "resume", "undo");

  @Parameters(
      index = "0",
      paramLabel = "VERB",
      description =
          "status: how far it is. history: all revisions and how it went with them. diff: what"
              + " differs between two revisions. pause, resume: let it stand still, or go on; resume"
              + " also lets a canary go on. undo: back to the last revision that was healthy.")
  String verb = "";

  @Parameters(index = "1", paramLabel = "NAME", description = "The deployment.")
  String name = "";

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  @Option(
      names = "--revision",
      paramLabel = "REV",
      description = "diff: this revision; the wanted one if not given.")
  @Nullable Integer revision;

  @Option(
      names = "--from",
      paramLabel = "REV",
      description = "diff: compared with this one; the one before if not given.")
  @Nullable Integer from;

  @Option(
      names = "--to",
      paramLabel = "REV",
      description = "undo: to this revision; the last healthy one if not given.")
  @Nullable Integer to;

  @Option(
      names = "--wait",
      description = "status, resume, undo: until the rollout has ended. Exit 1 where it fails.")
  boolean wait;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      description = "How long to wait: 30s, 5m, 1h. Default: 5m.")
  String timeout = "5m";

  RolloutCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    long timeoutMs = Times.option("--timeout", timeout);
    if (!VERBS.contains(verb)) {
      throw CliFailure.usage(
          "\"" + verb + "\" is nothing that a rollout does",
          "use one of " + String.join(", ", VERBS));
    }
    refuse("--revision", revision, "diff");
    refuse("--from", from, "diff");
    refuse("--to", to, "undo");
    DeploymentRef ref = session().ref(name, namespace);
    return switch (verb) {
      case "history" -> history(ref);
      case "diff" -> diff(ref);
      case "status" -> status(ref, timeoutMs);
      case "undo" -> RollbackCommand.rollBack(session(), ref, to, wait, timeoutMs);
      default -> change(ref, timeoutMs);
    };
  }

  private void refuse(String option, @Nullable Integer value, String owner) {
    if (value != null && !verb.equals(owner)) {
      throw CliFailure.usage(option + " belongs to gyre rollout " + owner, "leave it out");
    }
  }

  private int change(DeploymentRef ref, long timeoutMs) {
    JsonNode before = api().get(ref.path());
    JsonNode after = api().post(ref.path() + "/rollout/" + verb, null);
    boolean changed = Json.number(before, "generation") != Json.number(after, "generation");
    if (verb.equals("pause")) {
      session().line("deployment " + ref + (changed ? " paused" : " is already paused"));
      return Exit.OK;
    }
    session().line("deployment " + ref + (changed ? " goes on" : " waits for nothing"));
    return wait ? Rollout.of(session(), ref, after, timeoutMs).await() : Exit.OK;
  }

  private int status(DeploymentRef ref, long timeoutMs) {
    JsonNode deployment = api().get(ref.path());
    if (wait) {
      return Rollout.of(session(), ref, deployment, timeoutMs).await();
    }
    JsonNode current = Json.object();
    for (JsonNode item : api().list(ref.path() + "/revisions")) {
      if (Json.flag(item, "current")) {
        current = item;
      }
    }
    String state = Json.text(current, "state");
    String why = Describe.reason(current);
    if (why.isEmpty()) {
      why = Describe.reason(deployment);
    }
    session()
        .line(
            "deployment "
                + ref
                + ": revision "
                + Json.text(deployment, "revision")
                + " "
                + (state.isEmpty() ? "pending" : state.replace('_', ' '))
                + (Json.flag(deployment, "paused") ? ", paused" : "")
                + ", "
                + Json.number(deployment, "ready")
                + "/"
                + Json.number(deployment, "replicas")
                + " ready"
                + (why.isEmpty() ? "" : ": " + Table.oneLine(why)));
    return state.equals("failed") || state.equals("rolled_back") ? Exit.FAILED : Exit.OK;
  }

  private int history(DeploymentRef ref) {
    Table table = new Table(List.of("REVISION", "STATE", "CREATED", "BY", "HEALTHY", "MESSAGE"));
    List<JsonNode> items = new ArrayList<>(api().list(ref.path() + "/revisions"));
    for (JsonNode item : items) {
      table.row(
          List.of(
              Json.text(item, "revision") + (Json.flag(item, "current") ? " (wanted)" : ""),
              Json.text(item, "state"),
              Times.age(Json.text(item, "created_at"), session().nowMs()) + " ago",
              Json.text(item, "actor"),
              healthy(item),
              Describe.reason(item)));
    }
    session().lines(table.lines(session().style()));
    return Exit.OK;
  }

  private String healthy(JsonNode revision) {
    String at = Json.text(revision, "completed_at");
    return at.isEmpty() ? "" : Times.age(at, session().nowMs()) + " ago";
  }

  private int diff(DeploymentRef ref) {
    String to =
        revision == null ? Json.text(api().get(ref.path()), "revision") : revision.toString();
    JsonNode answer =
        api()
            .get(ref.path() + "/revisions/" + to + "/diff" + (from == null ? "" : "?from=" + from));
    String other = Json.text(answer, "from");
    session()
        .line(
            "deployment "
                + ref
                + ": "
                + (other.isEmpty() ? "nothing" : "revision " + other)
                + " -> revision "
                + to);
    for (JsonNode field : answer.path("fields")) {
      session().line(Changes.field(field));
    }
    if (answer.path("fields").isEmpty()) {
      session().note("no difference");
    }
    return Exit.OK;
  }
}
