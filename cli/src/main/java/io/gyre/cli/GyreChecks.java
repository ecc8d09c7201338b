package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** What {@code gyre doctor} asks Gyre itself. */
final class GyreChecks {
  private final Session session;
  private final boolean full;

  /**
   * @param full whether all of the database is looked at
   */
  GyreChecks(Session session, boolean full) {
    this.session = session;
    this.full = full;
  }

  List<Check> all() {
    List<Check> checks = new ArrayList<>();
    components(checks);
    try {
      JsonNode status = session.api().get("/v1/status");
      checks.add(
          Check.ok("access", "answers at " + session.api().base() + ", the token is accepted"));
      database(checks, status);
      keys(checks);
      audit(checks);
      transport(checks);
      runtimes(checks);
      clock(checks);
    } catch (CliFailure e) {
      String next = e.hint();
      checks.add(Check.fail("access", e.text(), next == null ? "see the logs" : next));
    }
    return checks;
  }

  private void database(List<Check> checks, JsonNode status) {
    List<String> problems = new ArrayList<>();
    if (Json.flag(status, "database_ok")) {
      // An API of an earlier version doesn't tell.
      session
          .api()
          .find("/v1/integrity" + (full ? "?full=true" : ""))
          .ifPresent(
              answer -> answer.path("problems").forEach(found -> problems.add(found.asText())));
    } else {
      problems.add("it can't be read");
    }
    checks.add(
        problems.isEmpty()
            ? Check.ok("database", "intact" + (full ? "" : " (quick check; all of it: --full)"))
            : Check.fail(
                "database",
                String.join("; ", problems),
                "gyre down, then gyre restore --force BACKUP; workloads run on"));
  }

  private void transport(List<Check> checks) {
    String address = new Marks(session.home()).read("api").map(Marks.Mark::address).orElse("");
    if (address.matches("http://(?!127\\.|localhost|\\[::1\\]|\\[0:0:0:0:0:0:0:1\\]).*")) {
      checks.add(
          Check.warn(
              "transport",
              address + " has no TLS: tokens and passwords go over the network in clear",
              "set api.tls in gyre.yaml; see docs/audit-and-tls.md"));
    }
  }

  /** Says nothing to who may not read the log, or of an API that has none. */
  private void audit(List<Check> checks) {
    JsonNode check;
    try {
      check = session.api().get("/v1/audit/check");
    } catch (CliFailure e) {
      if (e.exitCode() == Exit.UNAUTHORISED || e.exitCode() == Exit.NOT_FOUND) {
        return;
      }
      throw e;
    }
    String next = "gyre audit --verify; see docs/audit-and-tls.md";
    int gaps = check.path("gaps").size();
    if (!Json.flag(check, "whole")) {
      String first = check.path("problems").path(0).asText();
      checks.add(Check.fail("audit log", "was tampered with: " + first, next));
    } else if (gaps > 0) {
      checks.add(Check.warn("audit log", "its end was missing " + gaps + " times", next));
    } else {
      checks.add(Check.ok("audit log", Json.text(check, "rows") + " rows, whole"));
    }
  }

  private void components(List<Check> checks) {
    Marks marks = new Marks(session.home());
    for (Marks.Mark mark : marks.live()) {
      String problems = marks.config(mark).problems();
      if (!problems.isEmpty()) {
        checks.add(
            Check.fail(
                "configuration",
                session.configFile()
                    + " is broken, the last good one is in use: "
                    + String.join("; ", problems.lines().toList()),
                "gyre config check"));
        break;
      }
    }
    for (String component : Marks.COMPONENTS) {
      marks
          .read(component)
          .ifPresentOrElse(
              mark -> checks.add(component(mark, marks.config(mark))),
              () -> {
                if (!component.equals(Marks.SUPERVISOR)) {
                  checks.add(
                      Check.warn(component, "has not run with this data root", "gyre up -d"));
                }
              });
    }
  }

  private Check component(Marks.Mark mark, Marks.ConfigNote config) {
    String name = mark.component();
    if (!mark.live()) {
      return Check.fail(name, "is not running", "gyre up -d; see " + session.home().resolve("log"));
    }
    String text = mark.state() + ", pid " + mark.pid();
    if (mark.state().equals("ready")) {
      return config.restart().isEmpty()
          ? Check.ok(name, text)
          : Check.warn(
              name, text + ", " + config.text(), "gyre component restart " + mark.component());
    }
    return Check.warn(
        name,
        text + (mark.message().isEmpty() ? "" : ", " + mark.message()),
        "wait, or see " + session.home().resolve("log").resolve(name + ".log"));
  }

  /** Not for every identity. */
  private void keys(List<Check> checks) {
    JsonNode keys;
    try {
      keys = session.api().get("/v1/keys");
    } catch (CliFailure e) {
      checks.add(Check.warn("secrets", "their key can't be looked at: " + e.text(), "gyre status"));
      return;
    }
    String source = Json.text(keys, "source");
    String message = Json.text(keys, "message");
    checks.add(
        switch (Json.text(keys, "state")) {
          case "ok" -> Check.ok("secrets", "sealed under the key from " + source);
          case "none" ->
              Check.ok("secrets", "none is sealed yet; the key would come from " + source);
          case "rotating" -> Check.warn("secrets", message, "gyre secret rotate-kek");
          default ->
              Check.fail(
                  "secrets",
                  message,
                  "the key is looked for in " + source + "; see gyre secret keys");
        });
  }

  private void runtimes(List<Check> checks) {
    List<JsonNode> runtimes = session.api().list("/v1/runtimes");
    if (runtimes.isEmpty()) {
      checks.add(Check.fail("runtimes", "none is loaded", "see the log of the runtime host"));
    }
    for (JsonNode runtime : runtimes) {
      String name = "runtime " + Json.text(runtime, "name");
      String state = Json.text(runtime, "state");
      String message = Json.text(runtime, "message");
      if (state.equals("ready")) {
        checks.add(Check.ok(name, "ready, version " + Json.text(runtime, "version")));
      } else {
        checks.add(
            Check.warn(
                name,
                state + (message.isEmpty() ? "" : ": " + message),
                "its workloads cannot be started or stopped until it is ready"));
      }
    }
  }

  /** Events are stamped by this machine's clock, so none can be of the future. */
  private void clock(List<Check> checks) {
    for (JsonNode event : Listing.newestEvents(session.api(), "", 1)) {
      long ahead = Times.epochMs(Json.text(event, "at")) - session.nowMs();
      if (ahead > 5_000) {
        checks.add(
            Check.warn(
                "clock",
                "the last event is " + Times.duration(ahead) + " ahead of the clock",
                "let NTP keep the clock; ages are wrong until it has caught up"));
        return;
      }
    }
    checks.add(Check.ok("clock", "in step with the last event"));
  }
}
