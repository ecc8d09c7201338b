package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** What {@code gyre describe namespace NAME} prints. */
final class NamespaceDescription {
  private NamespaceDescription() {}

  static void print(Session session, String name) {
    JsonNode content = session.api().get("/v1/namespaces/" + Api.encode(name));
    session.line("Name:    " + name);
    session.line("State:   " + (Json.flag(content, "deleting") ? "being deleted" : "in use"));
    session.line("");
    for (JsonNode each : session.api().list("/v1/namespaces")) {
      if (Json.text(each, "name").equals(name)) {
        Columns columns = new Columns(ResourceKind.NAMESPACES, false, false, session.nowMs());
        Table table = new Table(columns.header());
        table.row(columns.row(each));
        session.lines(table.lines(session.style()));
      }
    }
    for (String kind : List.of("deployments", "configs", "volumes", "secrets")) {
      session.line("");
      session.line(session.style().bold(kind));
      List<String> names = new ArrayList<>();
      content.path(kind).forEach(each -> names.add("  " + each.asText()));
      session.lines(names.isEmpty() ? List.of("  none") : names);
    }
  }
}
