package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "get",
    description =
        "List deployments, instances, revisions, runtimes, plugins, namespaces or events.")
final class GetCommand extends GyreCommand {
  @Parameters(
      index = "0",
      paramLabel = "KIND",
      description =
          "deployments (deploy), instances (inst), revisions (rev), runtimes (rt), plugins (pl),"
              + " namespaces (ns) or events (ev); singular or plural.")
  String kindWord = "";

  @Parameters(
      index = "1..*",
      arity = "0..*",
      paramLabel = "NAME",
      description =
          "Only these, as NAME or NAMESPACE/NAME. Instances, revisions and events take the name of"
              + " a deployment; instances and events also that of an instance.")
  List<String> names = new ArrayList<>();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "All namespaces.")
  boolean all;

  @Option(
      names = {"-o", "--output"},
      converter = OutputFormat.Reader.class,
      paramLabel = "FORMAT",
      description = "One of: ${COMPLETION-CANDIDATES}. Default: table.")
  OutputFormat format = OutputFormat.TABLE;

  @Option(
      names = {"-w", "--watch"},
      description = "Print what there is, then every change, until interrupted.")
  boolean watch;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Events: only the newest N; 0 for all. Default: 100.")
  int limit = 100;

  GetCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException {
    ResourceKind kind = ResourceKind.parse(kindWord);
    if (all && (!names.isEmpty() || !namespace.isEmpty())) {
      throw CliFailure.usage(
          "-A goes with neither names nor --namespace", "leave out -A, or the others");
    }
    if (kind == ResourceKind.REVISIONS && names.size() != 1) {
      throw CliFailure.usage("revisions of what?", "gyre get revisions DEPLOYMENT");
    }
    Listing listing = new Listing(session(), kind, namespace, all, names, limit);
    Columns columns =
        new Columns(kind, format == OutputFormat.WIDE, all && kind.namespaced(), session().nowMs());
    if (watch) {
      return new Watch(session(), listing, columns, format).run();
    }
    print(listing.fetch(), listing, columns);
    return Exit.OK;
  }

  private void print(List<JsonNode> items, Listing listing, Columns columns) {
    switch (format) {
      case JSON -> session().line(Json.pretty(document(items, listing)));
      case YAML -> session().out().print(YamlText.of(document(items, listing)));
      case NAME -> {
        for (JsonNode item : items) {
          session().line(columns.name(item));
        }
      }
      case TABLE, WIDE -> {
        if (items.isEmpty()) {
          session().note(listing.nothing());
          return;
        }
        Table table = new Table(columns.header());
        for (JsonNode item : items) {
          table.row(columns.row(item));
        }
        session().lines(table.lines(session().style()));
      }
    }
  }

  /** The object itself where one thing was asked for by its name, else an array. */
  private static JsonNode document(List<JsonNode> items, Listing listing) {
    return listing.single() && items.size() == 1 ? items.getFirst() : Json.array().addAll(items);
  }
}
