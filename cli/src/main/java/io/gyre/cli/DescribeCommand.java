package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "describe",
    description = "Show all that is known of a deployment, an instance or the host.")
final class DescribeCommand extends GyreCommand {
  private static final int EVENTS = 10;

  @Parameters(
      arity = "1..2",
      paramLabel = "[KIND] NAME",
      description =
          "deployment or instance, and its name; without the kind, whichever has that name. The word"
              + " node alone: what the host has, what is asked of it and what is free.")
  List<String> words = new ArrayList<>();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  DescribeCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    if (words.equals(List.of("node"))) {
      NodeDescription.print(session());
      return Exit.OK;
    }
    Lookup lookup = new Lookup(session(), namespace);
    String name = words.getLast();
    Lookup.Found found;
    if (words.size() == 1) {
      found = lookup.any(name);
    } else {
      ResourceKind kind = ResourceKind.parse(words.getFirst());
      Optional<JsonNode> one =
          switch (kind) {
            case DEPLOYMENTS -> lookup.deployment(name);
            case INSTANCES -> lookup.instance(name);
            case REVISIONS, RUNTIMES, PLUGINS, NAMESPACES, EVENTS ->
                throw CliFailure.usage(
                    "describe takes a deployment or an instance",
                    "gyre get " + kind.plural() + " -o yaml");
          };
      JsonNode item =
          one.orElseThrow(
              () -> Lookup.missing(kind.singular(), DeploymentRef.parse(name, namespace)));
      found =
          kind == ResourceKind.DEPLOYMENTS
              ? Lookup.Found.ofDeployment(item)
              : Lookup.Found.ofInstance(item);
    }
    if (found.deployment() != null) {
      deployment(found.deployment());
    } else if (found.instance() != null) {
      instance(found.instance());
    }
    return Exit.OK;
  }

  private void deployment(JsonNode item) {
    DeploymentRef ref = new DeploymentRef(Json.text(item, "namespace"), Json.text(item, "name"));
    field("Name", ref.name());
    field("Namespace", ref.namespace());
    field("Phase", Json.text(item, "phase"));
    field("Reason", Describe.reason(item));
    field(
        "Replicas",
        Json.number(item, "replicas")
            + " desired, "
            + Json.number(item, "ready")
            + " ready, "
            + Json.number(item, "total")
            + " in all");
    field(
        "Revision",
        Json.text(item, "revision") + " (generation " + Json.text(item, "generation") + ")");
    field("Runtime", Json.text(item, "runtime"));
    field(item.has("image") ? "Image" : "Command", Describe.whatRuns(item));
    field("Created", time(item, "created_at"));
    field("Changed", time(item, "updated_at"));
    if (item.path("spec").isObject()) {
      section("Spec");
      for (String line : YamlText.of(item.path("spec")).split("\n", -1)) {
        if (!line.isEmpty()) {
          session().line("  " + line);
        }
      }
    }
    section("Instances");
    rows(ResourceKind.INSTANCES, api().list(ref.instancesPath()));
    events("namespace=" + Api.encode(ref.namespace()) + "&deployment=" + Api.encode(ref.name()));
  }

  private void instance(JsonNode item) {
    String id = Json.text(item, "id");
    field("Name", id);
    field("Deployment", Json.text(item, "namespace") + "/" + Json.text(item, "deployment"));
    field("Revision", Json.text(item, "revision"));
    field("Runtime", Json.text(item, "runtime"));
    field("State", Json.text(item, "state"));
    field("Reason", Describe.reason(item));
    field("Ready", Json.flag(item, "ready") ? "yes" : "no");
    field("Pid", Json.text(item, "pid"));
    field("Container", Json.text(item, "container_id"));
    field("Address", Json.text(item, "address"));
    field("Ports", Describe.ports(item));
    field("Restarts", Json.text(item, "restarts"));
    field("Created", time(item, "created_at"));
    field("Started", time(item, "started_at"));
    field("Next start", Json.text(item, "next_start_at"));
    field("Last exit", Describe.lastExit(item, session().nowMs()));
    JsonNode lastLines = item.path("last_exit").path("last_lines");
    if (!lastLines.isEmpty()) {
      section("Last lines before it ended");
      for (JsonNode line : lastLines) {
        session().line("  " + Table.oneLine(line.asText()));
      }
    }
    events("instance=" + Api.encode(id));
  }

  private void events(String filter) {
    section("Events");
    rows(ResourceKind.EVENTS, Listing.newestEvents(api(), filter, EVENTS));
  }

  private void rows(ResourceKind kind, List<JsonNode> items) {
    if (items.isEmpty()) {
      session().line("  none");
      return;
    }
    Columns columns = new Columns(kind, false, false, session().nowMs());
    Table table = new Table(columns.header());
    for (JsonNode item : items) {
      table.row(columns.row(item));
    }
    for (String line : table.lines(session().style())) {
      session().line("  " + line);
    }
  }

  private void section(String title) {
    session().line("");
    session().line(session().style().bold(title + ":"));
  }

  private void field(String name, String value) {
    if (!value.isEmpty()) {
      session().line(name + ":" + " ".repeat(12 - name.length()) + Table.oneLine(value));
    }
  }

  private String time(JsonNode item, String field) {
    String time = Json.text(item, field);
    return time.isEmpty() ? "" : time + " (" + Times.age(time, session().nowMs()) + " ago)";
  }
}
