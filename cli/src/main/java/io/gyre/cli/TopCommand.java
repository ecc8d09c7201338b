package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "top", description = "Show what instances or deployments use, the most first.")
final class TopCommand extends GyreCommand {
  private static final long REFRESH_MS = 2000;

  /** By what the rows are ordered. */
  enum Sort {
    CPU,
    MEMORY,
    NETWORK,
    RESTARTS,
    NAME
  }

  @Parameters(
      arity = "0..1",
      paramLabel = "KIND",
      description = "instances (the default) or deployments.")
  String kindWord = "instances";

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "Only this namespace; all if not given.")
  String namespace = "";

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "All namespaces, as without it.")
  boolean all;

  @Option(
      names = "--sort",
      paramLabel = "BY",
      description = "One of: cpu, memory, network, restarts, name. Default: cpu.")
  Sort sort = Sort.CPU;

  @Option(
      names = {"-o", "--output"},
      converter = OutputFormat.Reader.class,
      paramLabel = "FORMAT",
      description = "One of: table, json, yaml. Default: table.")
  OutputFormat format = OutputFormat.TABLE;

  @Option(
      names = {"-w", "--watch"},
      description = "Show it again every two seconds, until interrupted.")
  boolean watch;

  TopCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    ResourceKind kind = ResourceKind.parse(kindWord);
    if (kind != ResourceKind.INSTANCES && kind != ResourceKind.DEPLOYMENTS) {
      throw CliFailure.usage(
          "top shows instances or deployments", "gyre top, or gyre top deployments");
    }
    boolean instances = kind == ResourceKind.INSTANCES;
    if (!watch) {
      show(fetch(instances), instances);
      return Exit.OK;
    }
    Screen screen = new Screen(session());
    while (session().read()) {
      List<JsonNode> items = fetch(instances);
      if (format == OutputFormat.TABLE || format == OutputFormat.WIDE) {
        screen.show(table(items, instances).lines(session().style(), true, screen.columns()));
      } else {
        show(items, instances);
      }
      Screen.pause(REFRESH_MS);
    }
    return Exit.OK;
  }

  private List<JsonNode> fetch(boolean instances) {
    String path = instances ? "/v1/metrics/instances" : "/v1/metrics/deployments";
    List<JsonNode> items =
        new ArrayList<>(
            api().list(namespace.isEmpty() ? path : path + "?namespace=" + Api.encode(namespace)));
    items.sort(order(instances));
    return items;
  }

  private Comparator<JsonNode> order(boolean instances) {
    Comparator<JsonNode> byName =
        Comparator.comparing((JsonNode item) -> Json.text(item, "namespace"))
            .thenComparing(item -> Json.text(item, instances ? "id" : "name"));
    return switch (sort) {
      case CPU -> most(instances, "cpu_cores").thenComparing(byName);
      case MEMORY -> most(instances, "memory_bytes").thenComparing(byName);
      case NETWORK ->
          Comparator.comparingDouble(
                  (JsonNode item) ->
                      -amount(usage(item, instances), "received_bytes_per_second")
                          - amount(usage(item, instances), "sent_bytes_per_second"))
              .thenComparing(byName);
      case RESTARTS ->
          Comparator.comparingLong((JsonNode item) -> -Json.number(item, "restarts"))
              .thenComparing(byName);
      case NAME -> byName;
    };
  }

  private static Comparator<JsonNode> most(boolean instances, String field) {
    return Comparator.comparingDouble(item -> -amount(usage(item, instances), field));
  }

  /** Less than nothing where it isn't known. */
  private static double amount(JsonNode usage, String field) {
    return usage.path(field).asDouble(-1);
  }

  private static JsonNode usage(JsonNode item, boolean instances) {
    return instances ? item.path("usage") : item;
  }

  private void show(List<JsonNode> items, boolean instances) {
    switch (format) {
      case JSON -> session().line(Json.pretty(Json.array().addAll(items)));
      case YAML -> session().out().print(YamlText.of(Json.array().addAll(items)));
      case NAME ->
          items.forEach(
              item ->
                  session()
                      .line(
                          instances
                              ? Json.text(item, "id")
                              : Json.text(item, "namespace") + "/" + Json.text(item, "name")));
      case TABLE, WIDE -> {
        if (items.isEmpty()) {
          session()
              .note(
                  "no "
                      + (instances ? "instances" : "deployments")
                      + (namespace.isEmpty() ? "" : " in namespace " + namespace));
          return;
        }
        session().lines(table(items, instances).lines(session().style()));
        boolean unknown =
            items.stream().noneMatch(item -> usage(item, instances).has("memory_bytes"));
        if (unknown) {
          session()
              .note(
                  "nothing is known yet: it is read every runtime.metrics_interval"
                      + " (gyre config check), 0s means never");
        }
      }
    }
  }

  private Table table(List<JsonNode> items, boolean instances) {
    Table table =
        new Table(
            instances
                ? List.of(
                    "NAMESPACE", "NAME", "CPU", "CPU%", "MEMORY", "MEM%", "NET IN/OUT", "RESTARTS")
                : List.of(
                    "NAMESPACE",
                    "NAME",
                    "READY",
                    "CPU",
                    "MEMORY",
                    "NET IN/OUT",
                    "RESTARTS",
                    "AUTOSCALE"));
    for (JsonNode item : items) {
      table.row(instances ? instance(item) : deployment(item));
    }
    return table;
  }

  private static List<String> instance(JsonNode item) {
    JsonNode usage = item.path("usage");
    return List.of(
        Json.text(item, "namespace"),
        Json.text(item, "id"),
        Amounts.cores(usage, "cpu_cores"),
        Amounts.percent(usage, "cpu_percent"),
        Amounts.bytes(usage, "memory_bytes"),
        Amounts.percent(usage, "memory_percent"),
        Amounts.network(usage),
        Json.text(item, "restarts"));
  }

  private static List<String> deployment(JsonNode item) {
    return List.of(
        Json.text(item, "namespace"),
        Json.text(item, "name"),
        Json.number(item, "ready") + "/" + Json.number(item, "replicas"),
        Amounts.cores(item, "cpu_cores"),
        Amounts.bytes(item, "memory_bytes"),
        Amounts.network(item),
        Json.text(item, "restarts"),
        Describe.autoscale(item.path("autoscale")));
  }
}
