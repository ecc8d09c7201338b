package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code gyre get -w}: what there is, then every row that changes. */
final class Watch {
  private final Session session;
  private final Listing listing;
  private final Columns columns;
  private final OutputFormat format;
  private final Map<String, String> seen = new HashMap<>();
  private final Table table;
  private boolean headerPrinted;

  Watch(Session session, Listing listing, Columns columns, OutputFormat format) {
    this.session = session;
    this.listing = listing;
    this.columns = columns;
    this.format = format;
    this.table = new Table(columns.header());
  }

  int run() throws IOException {
    boolean events = listing.kind() == ResourceKind.EVENTS;
    long last = Json.number(session.api().get("/v1/events?limit=1"), "last_seq");
    print(listing.fetch());
    if (!session.read()) {
      return Exit.OK;
    }
    String filter = events ? listing.eventFilter() : "";
    new EventFeed(session, filter, last)
        .follow(
            new ServerSentEvents.Handler() {
              @Override
              public boolean event(String id, String name, String data) {
                print(events ? one(data) : refetch());
                return session.read();
              }

              @Override
              public boolean heartbeat() {
                if (!events) {
                  print(refetch());
                }
                return session.read();
              }
            });
    return Exit.OK;
  }

  private List<JsonNode> refetch() {
    try {
      return listing.fetch();
    } catch (CliFailure e) {
      if (e.exitCode() == Exit.UNREACHABLE || e.exitCode() == Exit.NOT_FOUND) {
        return List.of();
      }
      throw e;
    }
  }

  private static List<JsonNode> one(String data) {
    try {
      return List.of(Json.parse(data));
    } catch (IOException e) {
      return List.of();
    }
  }

  private void print(List<JsonNode> items) {
    Columns now =
        new Columns(columns.kind(), columns.wide(), columns.withNamespace(), session.nowMs());
    table.clear();
    for (JsonNode item : items) {
      if (columns.kind() != ResourceKind.EVENTS && !changed(item)) {
        continue;
      }
      switch (format) {
        case JSON -> session.line(Json.compact(item));
        case YAML -> session.out().print("---\n" + YamlText.of(item));
        case NAME -> session.line(now.name(item));
        case TABLE, WIDE -> table.row(now.row(item));
      }
    }
    if (!table.isEmpty()) {
      session.lines(table.lines(session.style(), !headerPrinted, Integer.MAX_VALUE));
      headerPrinted = true;
    }
  }

  /** Whether its row differs from the one that was printed; ages don't count. */
  private boolean changed(JsonNode item) {
    String row =
        format == OutputFormat.JSON || format == OutputFormat.YAML
            ? Json.compact(item)
            : String.join("\t", new Columns(columns.kind(), true, true, 0).row(item));
    return !row.equals(seen.put(columns.name(item), row));
  }
}
