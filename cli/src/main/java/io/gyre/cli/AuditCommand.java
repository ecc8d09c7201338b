package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "audit",
    description =
        "Show who used Gyre for what: changes, refusals, commands in instances, logins. With"
            + " --verify, check that nobody changed this log.")
final class AuditCommand extends GyreCommand {
  private static final List<String> HEADER =
      List.of("SEQ", "AT", "KIND", "ACTOR", "FROM", "STATUS", "REQUEST", "DETAIL");

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "Only of this namespace; all if not given.")
  String namespace = "";

  @Option(
      names = {"-a", "--actor"},
      paramLabel = "NAME",
      description = "Only what this identity did.")
  String actor = "";

  @Option(
      names = {"-k", "--kind"},
      paramLabel = "KIND",
      description =
          "Only these: change, unchanged, denied, failed, access, login, exec, seal or gap.")
  String kind = "";

  @Option(
      names = "--since",
      paramLabel = "TIME",
      description = "Only since then: an age like 30m or 7d, or a time like 2030-01-31T12:00:00Z.")
  String since = "";

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Only the newest N; 0 for all. Default: 100, with --since all.")
  int limit = -1;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what is added, until interrupted.")
  boolean follow;

  @Option(
      names = "--verify",
      description = "Check the chain of all rows, print its end. Exit 1 where it isn't whole.")
  boolean verify;

  @Option(
      names = "--expect",
      paramLabel = "SEQ:HASH",
      description =
          "With --verify: this end, which was printed before, must still be part of the chain.")
  String expect = "";

  @Option(
      names = {"-o", "--output"},
      converter = OutputFormat.Reader.class,
      paramLabel = "FORMAT",
      description = "One of: table, json, yaml. Default: table. With -f json is a row per line.")
  OutputFormat format = OutputFormat.TABLE;

  AuditCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    if (verify) {
      return verified();
    }
    if (!expect.isEmpty()) {
      throw CliFailure.usage(
          "--expect goes with --verify", "gyre audit --verify --expect SEQ:HASH");
    }
    long last = print();
    if (follow) {
      boolean _ = session().read();
      new EventFeed(session(), path(), query(""), last)
          .follow(
              new ServerSentEvents.Handler() {
                @Override
                public boolean event(String id, String name, String data) {
                  try {
                    follow(Json.parse(data));
                  } catch (IOException e) {
                    throw new CliFailure(Exit.FAILED, "what was sent is no JSON", null);
                  }
                  return session().read();
                }

                @Override
                public boolean heartbeat() {
                  return session().read();
                }
              });
    }
    return Exit.OK;
  }

  private String path() {
    return namespace.isEmpty() ? "/v1/audit" : "/v1/namespaces/" + Api.encode(namespace) + "/audit";
  }

  private String query(String ofSince) {
    StringBuilder query = new StringBuilder();
    add(query, "actor", actor);
    add(query, "kind", kind);
    add(query, "since", ofSince);
    return query.toString();
  }

  private static void add(StringBuilder query, String name, String value) {
    if (!value.isEmpty()) {
      query.append(query.isEmpty() ? "" : "&").append(name).append('=').append(Api.encode(value));
    }
  }

  /**
   * @return the end of the log as it was
   */
  private long print() {
    List<JsonNode> rows = new ArrayList<>();
    int most = limit >= 0 ? limit : since.isEmpty() ? 100 : 0;
    String and = query(since).isEmpty() ? "" : "&" + query(since);
    long end;
    if (most > 0 && most <= Api.PAGE) {
      JsonNode page = api().get(path() + "?limit=" + most + and);
      page.path("items").forEach(rows::add);
      end = page.path("head").path("seq").asLong();
    } else {
      end = all(rows, and);
      if (most > 0 && rows.size() > most) {
        rows = rows.subList(rows.size() - most, rows.size());
      }
    }
    show(rows);
    return end;
  }

  private long all(List<JsonNode> rows, String and) {
    long after = 0;
    while (true) {
      JsonNode page = api().get(path() + "?after=" + after + "&limit=" + Api.PAGE + and);
      page.path("items").forEach(rows::add);
      if (page.path("items").size() < Api.PAGE) {
        return page.path("head").path("seq").asLong();
      }
      after = rows.getLast().path("seq").asLong();
    }
  }

  private void show(List<JsonNode> rows) {
    switch (format) {
      case JSON -> {
        if (follow) {
          rows.forEach(row -> session().line(Json.compact(row)));
        } else {
          session().line(Json.pretty(Json.array().addAll(rows)));
        }
      }
      case YAML -> session().out().print(YamlText.of(Json.array().addAll(rows)));
      case NAME, TABLE, WIDE -> {
        if (rows.isEmpty()) {
          session().note("nothing of that is in the audit log");
          return;
        }
        Table table = new Table(HEADER);
        rows.forEach(row -> table.row(cells(row)));
        session().lines(table.lines(session().style()));
      }
    }
  }

  private void follow(JsonNode row) {
    if (format == OutputFormat.JSON) {
      session().line(Json.compact(row));
    } else if (format == OutputFormat.YAML) {
      session().out().print(YamlText.of(Json.array().add(row)));
    } else {
      session().line(String.join("   ", cells(row).stream().map(Table::oneLine).toList()));
    }
  }

  private static List<String> cells(JsonNode row) {
    long count = row.path("count").asLong();
    String request = (Json.text(row, "method") + " " + Json.text(row, "path")).strip();
    String code = Json.text(row, "code");
    String detail = Json.text(row, "detail");
    return List.of(
        Json.text(row, "seq"),
        Json.text(row, "at"),
        Json.text(row, "kind") + (count > 1 ? " x" + count : ""),
        Json.text(row, "actor"),
        Json.text(row, "address"),
        Json.text(row, "status"),
        request,
        code.isEmpty() ? detail : (code + " " + detail).strip());
  }

  private int verified() {
    JsonNode check = api().get("/v1/audit/check");
    List<String> problems = new ArrayList<>();
    check.path("problems").forEach(problem -> problems.add(problem.asText()));
    if (!expect.isEmpty()) {
      problems.addAll(unexpected());
    }
    JsonNode head = check.path("head");
    if (format == OutputFormat.JSON) {
      session().line(Json.pretty(check));
    } else if (format == OutputFormat.YAML) {
      session().out().print(YamlText.of(check));
    } else {
      session()
          .line(
              "rows "
                  + Json.text(check, "first_seq")
                  + " to "
                  + Json.text(head, "seq")
                  + (problems.isEmpty() ? " are whole" : " are not whole"));
      session().line("end  " + Json.text(head, "seq") + ":" + Json.text(head, "hash"));
    }
    check.path("gaps").forEach(gap -> session().note("gap: " + gap.asText()));
    problems.forEach(problem -> session().note("problem: " + problem));
    return problems.isEmpty() ? Exit.OK : Exit.FAILED;
  }

  private List<String> unexpected() {
    String[] parts = expect.split(":", 2);
    long seq;
    try {
      seq = Long.parseLong(parts[0]);
    } catch (NumberFormatException e) {
      seq = -1;
    }
    if (seq < 1 || parts.length != 2 || !parts[1].matches("[0-9a-f]{64}")) {
      throw CliFailure.usage(
          "\"" + expect + "\" is not the end of an audit log", "as gyre audit --verify prints it");
    }
    JsonNode row = api().get("/v1/audit?limit=1&after=" + (seq - 1)).path("items").path(0);
    if (row.path("seq").asLong() != seq) {
      return List.of("row " + seq + ", which is expected, is not there");
    }
    return Json.text(row, "hash").equals(parts[1])
        ? List.of()
        : List.of("row " + seq + " has another hash than is expected");
  }
}
