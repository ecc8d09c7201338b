package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "describe",
    description = "Show all that is known of a deployment, an instance, a config or the host.")
final class DescribeCommand extends GyreCommand {
  private static final int EVENTS = 10;

  /** Each takes a request. */
  private static final int MOST_CHECKED = 20;

  @Parameters(
      arity = "1..2",
      paramLabel = "[KIND] NAME",
      description =
          "deployment, instance, config or namespace, and its name; without the kind, whichever has"
              + " that name. The word node alone: what the host has, what is asked of it and what"
              + " is free.")
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
    if (words.size() == 2 && ResourceKind.find(words.getFirst()) == ResourceKind.CONFIGS) {
      ConfigDescription.print(session(), session().ref(words.getLast(), namespace));
      return Exit.OK;
    }
    if (words.size() == 2 && ResourceKind.find(words.getFirst()) == ResourceKind.NAMESPACES) {
      NamespaceDescription.print(session(), words.getLast());
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
            case REVISIONS, RUNTIMES, PLUGINS, NAMESPACES, CONFIGS, VOLUMES, EVENTS ->
                throw CliFailure.usage(
                    "describe takes a deployment or an instance",
                    "gyre get " + kind.plural() + " -o yaml");
          };
      JsonNode item =
          one.orElseThrow(() -> Lookup.missing(kind.singular(), session().ref(name, namespace)));
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
    JsonNode job = item.path("job");
    if (job.isObject()) {
      job(item, job);
    } else {
      field(
          "Replicas",
          Json.number(item, "replicas")
              + " desired, "
              + Json.number(item, "ready")
              + " ready, "
              + Json.number(item, "total")
              + " in all");
    }
    field(
        "Revision",
        Json.text(item, "revision") + " (generation " + Json.text(item, "generation") + ")");
    field("Autoscale", Describe.autoscale(item.path("autoscale")));
    JsonNode decision = item.path("autoscale").path("decision");
    if (decision.isObject()) {
      field("Scaled", Json.text(decision, "reason") + ", " + time(decision, "at"));
    }
    api()
        .find("/v1/metrics" + ref.path().substring("/v1".length()))
        .map(metrics -> metrics.path("current"))
        .ifPresent(current -> field("Uses", uses(current)));
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
    conditions(item);
    section("Instances");
    List<JsonNode> instances = api().list(ref.instancesPath());
    rows(ResourceKind.INSTANCES, instances);
    checks(instances);
    events("namespace=" + Api.encode(ref.namespace()) + "&deployment=" + Api.encode(ref.name()));
  }

  private void job(JsonNode item, JsonNode job) {
    field("Kind", "job");
    field("Completions", Describe.count(item));
    field("Retries", Json.text(job, "retries"));
    field("Schedule", Describe.schedule(job));
    field("Next run", Json.text(job, "next_run_at"));
    JsonNode last = job.path("last_run");
    if (last.isObject()) {
      field("Last run", Json.text(last, "number") + " " + Json.text(last, "state"));
    }
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
    api()
        .find("/v1/metrics/instances/" + Api.encode(id))
        .map(metrics -> metrics.path("current").path("usage"))
        .ifPresent(usage -> field("Uses", uses(usage)));
    field("Created", time(item, "created_at"));
    field("Started", time(item, "started_at"));
    field("Next start", Json.text(item, "next_start_at"));
    field("Last exit", Describe.lastExit(item, session().nowMs()));
    JsonNode health = health(id);
    if (Json.number(health, "restarts") > 0) {
      field(
          "Unhealthy",
          "restarted by its health checks " + Json.text(health, "restarts") + " times");
    }
    field("Restart at", Json.text(health, "restart_at"));
    conditions(item);
    answers(health);
    JsonNode lastLines = item.path("last_exit").path("last_lines");
    if (!lastLines.isEmpty()) {
      section("Last lines before it ended");
      for (JsonNode line : lastLines) {
        session().line("  " + Table.oneLine(line.asText()));
      }
    }
    events("instance=" + Api.encode(id));
  }

  /** Empty where the API has none. */
  private JsonNode health(String id) {
    try {
      return api().get("/v1/instances/" + Api.encode(id) + "/health");
    } catch (CliFailure e) {
      return Json.object();
    }
  }

  private void conditions(JsonNode item) {
    if (item.path("conditions").isEmpty()) {
      return;
    }
    section("Conditions");
    Table table = new Table(List.of("TYPE", "STATUS", "SINCE", "REASON", "MESSAGE"));
    for (JsonNode condition : item.path("conditions")) {
      table.row(
          List.of(
              Json.text(condition, "type"),
              Json.text(condition, "status"),
              Times.age(Json.text(condition, "since"), session().nowMs()),
              Json.text(condition, "reason"),
              Table.oneLine(Json.text(condition, "message"))));
    }
    lines(table);
  }

  /** Of a deployment: a line each check of the first instances, those that aren't ready first. */
  private void checks(List<JsonNode> instances) {
    Table table = new Table(List.of("INSTANCE", "CHECK", "ROLE", "STATE", "SINCE", "LAST ANSWER"));
    boolean any = false;
    List<JsonNode> first = new ArrayList<>(instances);
    first.sort(Comparator.comparing(instance -> Json.flag(instance, "ready")));
    for (JsonNode instance : first.subList(0, Math.min(MOST_CHECKED, first.size()))) {
      for (JsonNode check : health(Json.text(instance, "id")).path("checks")) {
        any = true;
        table.row(
            List.of(
                Json.text(instance, "id"),
                Json.text(check, "check"),
                Json.text(check, "role"),
                Json.text(check, "state"),
                Times.age(Json.text(check, "since"), session().nowMs()),
                Table.oneLine(Json.text(check.path("answers").path(0), "detail"))));
      }
    }
    if (any) {
      section("Health checks");
      lines(table);
    }
  }

  /** Of an instance: all that its last probes saw. */
  private void answers(JsonNode health) {
    for (JsonNode check : health.path("checks")) {
      section(
          "Health check "
              + Table.oneLine(Json.text(check, "check"))
              + " ("
              + Json.text(check, "role")
              + ", "
              + Json.text(check, "state")
              + " since "
              + Times.age(Json.text(check, "since"), session().nowMs())
              + ")");
      Table table = new Table(List.of("LAST", "OK", "TIMES", "TOOK", "ANSWER"));
      for (JsonNode answer : check.path("answers")) {
        table.row(
            List.of(
                Times.age(Json.text(answer, "last"), session().nowMs()),
                Json.flag(answer, "ok") ? "yes" : "no",
                Json.text(answer, "times"),
                Json.text(answer, "latency_ms") + "ms",
                Table.oneLine(Json.text(answer, "detail"))));
      }
      lines(table);
    }
  }

  /** As in {@code 0.25 cores (25% of its limit), 12Mi memory, network 1.2Ki/300B in and out}. */
  private static String uses(JsonNode usage) {
    String cores = Amounts.cores(usage, "cpu_cores");
    String memory = Amounts.bytes(usage, "memory_bytes");
    String network = Amounts.network(usage);
    return memory.isEmpty()
        ? ""
        : (cores.isEmpty() ? "" : cores + " cores" + ofLimit(usage, "cpu_percent") + ", ")
            + memory
            + " memory"
            + ofLimit(usage, "memory_percent")
            + (network.isEmpty() ? "" : ", network " + network + " a second in/out");
  }

  private static String ofLimit(JsonNode usage, String field) {
    String percent = Amounts.percent(usage, field);
    return percent.isEmpty() ? "" : " (" + percent + " of its limit)";
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
    lines(table);
  }

  private void lines(Table table) {
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
