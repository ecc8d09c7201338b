package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "list",
    description =
        "Show the processes of Gyre, how often each ended by itself, and what is amiss. Works"
            + " while the API is down.")
final class ComponentListCommand extends GyreCommand {
  @Option(
      names = {"-o", "--output"},
      converter = OutputFormat.Reader.class,
      paramLabel = "FORMAT",
      description = "One of: table, json, yaml, name. Default: table.")
  OutputFormat format = OutputFormat.TABLE;

  ComponentListCommand(Session session) {
    super(session);
  }

  /**
   * @param ends how often it ended by itself; empty where nobody counts
   */
  private record Row(
      String component, String state, long pid, long sinceMs, String ends, String message) {}

  @Override
  int run() {
    Marks marks = new Marks(session().home());
    boolean units = Units.inCharge(marks);
    Map<String, JsonNode> known = new HashMap<>();
    Optional<SupervisorClient.Answer> answer =
        units ? Optional.empty() : new SupervisorClient(session().home()).ask(Map.of("do", "list"));
    answer.ifPresent(
        given -> given.lines().forEach(line -> known.put(Json.text(line, "component"), line)));
    List<Row> rows =
        Marks.COMPONENTS.stream()
            .filter(component -> !units || !component.equals(Marks.SUPERVISOR))
            .map(component -> row(component, marks, units, known.get(component)))
            .toList();
    switch (format) {
      case JSON -> session().line(Json.pretty(json(rows)));
      case YAML -> session().out().print(YamlText.of(json(rows)));
      case NAME -> rows.forEach(row -> session().line(row.component()));
      case TABLE, WIDE -> print(rows);
    }
    if (!units && answer.isEmpty()) {
      session().note("no supervisor runs: nothing that ends is started again (gyre up -d)");
    }
    return rows.stream().allMatch(row -> row.state().equals("ready")) ? Exit.OK : Exit.FAILED;
  }

  private static Row row(
      String component,
      Marks marks,
      boolean units,
      @org.jspecify.annotations.Nullable JsonNode by) {
    Marks.Mark mark = marks.read(component).filter(Marks.Mark::live).orElse(null);
    String message = "";
    if (mark != null) {
      message = mark.message().isEmpty() ? marks.config(mark).text() : mark.message();
    }
    String ends = "";
    String state = mark == null ? "not running" : mark.state();
    if (units) {
      Map<String, String> unit = Units.show(component, "NRestarts", "ActiveState", "SubState");
      ends = unit.getOrDefault("NRestarts", "");
      if (mark == null) {
        message = "unit " + unit.get("ActiveState") + " (" + unit.get("SubState") + ")";
      }
    } else if (by != null) {
      ends = Json.text(by, "ends");
      state = mark == null ? Json.text(by, "state") : state;
      message = message.isEmpty() ? story(by) : message;
    }
    return new Row(
        component,
        state,
        mark == null ? 0 : mark.pid(),
        mark == null ? 0 : mark.sinceMs(),
        ends,
        message);
  }

  /** Of one that ends early again and again. */
  private static String story(JsonNode by) {
    long early = Json.number(by, "early_ends");
    String last = Json.text(by, "last_end");
    if (early == 0) {
      return "";
    }
    return early + (early == 1 ? " early end" : " early ends in a row") + ", last: " + last;
  }

  private void print(List<Row> rows) {
    Table table = new Table(List.of("COMPONENT", "STATE", "PID", "AGE", "ENDS", "MESSAGE"));
    for (Row row : rows) {
      table.row(
          List.of(
              row.component(),
              row.state(),
              row.pid() == 0 ? "" : Long.toString(row.pid()),
              row.sinceMs() == 0
                  ? ""
                  : Times.duration(Math.max(0, session().nowMs() - row.sinceMs())),
              row.ends(),
              row.message()));
    }
    session().lines(table.lines(session().style()));
  }

  private static ArrayNode json(List<Row> rows) {
    ArrayNode all = Json.array();
    for (Row row : rows) {
      ObjectNode one = Json.object();
      one.put("component", row.component());
      one.put("state", row.state());
      one.put("pid", row.pid());
      one.put("since_ms", row.sinceMs());
      one.put("ends", row.ends());
      one.put("message", row.message());
      all.add(one);
    }
    return all;
  }
}
