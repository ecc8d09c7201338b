package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/** What {@code gyre describe node} prints. */
final class NodeDescription {
  private static final List<String> PARTS =
      List.of("machine", "allocatable", "requested", "held", "free");

  private NodeDescription() {}

  static void print(Session session) {
    JsonNode node = session.api().get("/v1/node");
    Table table = new Table(List.of("", "MACHINE", "ALLOCATABLE", "REQUESTED", "HELD", "FREE"));
    table.row(row(node, "memory", "memory_bytes", Quantity::memory));
    table.row(row(node, "cpu", "cpu_millis", Quantity::cpu));
    session.lines(table.lines(session.style()));
    JsonNode largest = node.path("largest");
    if (largest.isEmpty()) {
      session.line("No deployment says how much it needs (resources).");
      return;
    }
    session.line("");
    session.line(session.style().bold("Ask for most:"));
    Table deployments =
        new Table(List.of("NAMESPACE", "NAME", "REPLICAS", "MEMORY", "CPU", "MEMORY IN ALL"));
    for (JsonNode each : largest) {
      deployments.row(
          List.of(
              Json.text(each, "namespace"),
              Json.text(each, "name"),
              Json.text(each, "replicas"),
              Quantity.of(each.path("each"), "memory_bytes", Quantity::memory),
              Quantity.of(each.path("each"), "cpu_millis", Quantity::cpu),
              Quantity.of(each.path("all"), "memory_bytes", Quantity::memory)));
    }
    deployments.lines(session.style()).forEach(line -> session.line("  " + line));
  }

  private static List<String> row(
      JsonNode node, String name, String field, LongFunction<String> text) {
    List<String> cells = new ArrayList<>(List.of(name));
    PARTS.forEach(part -> cells.add(Quantity.of(node.path(part), field, text)));
    return cells;
  }
}
