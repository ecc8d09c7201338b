package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "webhook",
    description = "Tell HTTP servers of events, signed and as often as it takes.")
final class WebhookCommand extends GyreCommand {
  private static final List<String> VERBS =
      List.of("create", "list", "describe", "delete", "test", "redeliver");

  @Parameters(
      index = "0",
      paramLabel = "VERB",
      description =
          "create: a new one for a URL; its key is shown once. list: all. describe: one, and what it"
              + " gave up. delete: one. test: send it an event and wait for the answer. redeliver:"
              + " send again what was given up.")
  String verb = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "URL|NAME|ID",
      description = "create: the URL. redeliver: the ID of the delivery. Else: the webhook.")
  String subject = "";

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace whose events are meant; \"default\" if not given.")
  String namespace = "";

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "The events of all namespaces and of the host; list: all webhooks.")
  boolean all;

  @Option(
      names = "--events",
      paramLabel = "GLOB",
      split = ",",
      description =
          "create: which events, by their reasons, as in 'deployment_*,instance_failed'. Default:"
              + " all.")
  List<String> events = new ArrayList<>();

  @Option(
      names = "--level",
      paramLabel = "LEVEL",
      description = "create: warning leaves out what is normal.")
  String level = "";

  @Option(names = "--name", paramLabel = "NAME", description = "create: its name.")
  String name = "";

  WebhookCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    if (!VERBS.contains(verb)) {
      throw CliFailure.usage(
          "\"" + verb + "\" is nothing that is done to webhooks",
          "use one of " + String.join(", ", VERBS));
    }
    if (all && !namespace.isEmpty()) {
      throw CliFailure.usage("one namespace, or all of them?", "either -n or -A");
    }
    if (verb.equals("list")) {
      list();
      return Exit.OK;
    }
    if (subject.isEmpty()) {
      String what = verb.equals("create") ? "URL" : verb.equals("redeliver") ? "ID" : "NAME";
      throw CliFailure.usage("which one?", "gyre webhook " + verb + " " + what);
    }
    switch (verb) {
      case "create" -> create();
      case "describe" -> describe();
      case "delete" -> {
        api().send("DELETE", one(subject), null, null);
        session().line("webhook " + subject + " deleted");
      }
      case "test" -> {
        return sent(api().post(one(subject) + "/test", null));
      }
      default -> {
        return redeliver();
      }
    }
    return Exit.OK;
  }

  private String base() {
    return all
        ? "/v1/webhooks"
        : "/v1/namespaces/" + Api.encode(session().namespace(namespace)) + "/webhooks";
  }

  private String one(String webhook) {
    return base() + "/" + Api.encode(webhook);
  }

  /** The key alone on standard output, for {@code KEY=$(gyre webhook create URL)}. */
  private void create() {
    ObjectNode body = Json.object().put("url", subject);
    if (!name.isEmpty()) {
      body.put("name", name);
    }
    if (!level.isEmpty()) {
      body.put("level", level);
    }
    if (!events.isEmpty()) {
      ArrayNode globs = body.putArray("events");
      events.forEach(globs::add);
    }
    JsonNode made = api().post(base(), body);
    session().line(Json.text(made, "key"));
    session()
        .note(
            "webhook "
                + Json.text(made, "name")
                + " created. Deliveries are signed with this key, which is shown this once.");
  }

  private void list() {
    Table table =
        new Table(
            all
                ? List.of(
                    "NAMESPACE", "NAME", "STATE", "EVENTS", "DELIVERED", "DEAD", "LOST", "URL")
                : List.of("NAME", "STATE", "EVENTS", "DELIVERED", "DEAD", "LOST", "URL"));
    for (JsonNode item : api().list(base())) {
      List<String> cells = new ArrayList<>();
      if (all) {
        String of = Json.text(item, "namespace");
        cells.add(of.isEmpty() ? "*" : of);
      }
      cells.add(Json.text(item, "name"));
      cells.add(Json.text(item, "state"));
      cells.add(globs(item));
      cells.add(Json.text(item, "delivered"));
      cells.add(Json.text(item, "dead"));
      cells.add(Json.text(item, "lost"));
      cells.add(Json.text(item, "url"));
      table.row(cells);
    }
    if (table.isEmpty()) {
      session().note(all ? "no webhooks" : "no webhooks in this namespace; -A lists all");
    } else {
      session().lines(table.lines(session().style()));
    }
  }

  private void describe() {
    JsonNode item = api().get(one(subject));
    session().line("url:        " + Json.text(item, "url"));
    session().line("events:     " + globs(item) + " from level " + Json.text(item, "level"));
    session().line("made by:    " + Json.text(item, "actor") + " " + ago(item, "created_at"));
    session().line("state:      " + Json.text(item, "state"));
    if (item.has("error")) {
      session().line("last try:   " + Json.text(item, "error"));
      session().line("next try:   " + Json.text(item, "next_at"));
    }
    session().line("delivered:  " + Json.text(item, "delivered") + last(item));
    session().line("given up:   " + Json.text(item, "dead"));
    session().line("lost:       " + Json.text(item, "lost"));
    Table table = new Table(List.of("DELIVERY", "EVENT", "TRIES", "GIVEN UP", "ERROR"));
    for (JsonNode dead : item.path("dead_letters")) {
      table.row(
          List.of(
              Json.text(dead, "delivery"),
              Json.text(dead, "event"),
              Json.text(dead, "tries"),
              ago(dead, "failed_at"),
              Json.text(dead, "error")));
    }
    if (!table.isEmpty()) {
      session().lines(table.lines(session().style()));
    }
  }

  /** The id of a delivery begins with that of its webhook. */
  private int redeliver() {
    String uid = subject.substring(0, Math.max(0, subject.lastIndexOf('-')));
    for (JsonNode item : api().list(base())) {
      if (Json.text(item, "uid").equals(uid)) {
        String of = Json.text(item, "namespace");
        String path =
            of.isEmpty() ? "/v1/webhooks/" : "/v1/namespaces/" + Api.encode(of) + "/webhooks/";
        return sent(
            api()
                .post(
                    path + Api.encode(Json.text(item, "name")) + "/redeliver",
                    Json.object().put("delivery", subject)));
      }
    }
    throw new CliFailure(
        Exit.NOT_FOUND,
        "no webhook here has a delivery " + subject,
        "gyre webhook describe NAME lists what it gave up; -n NAMESPACE or -A looks elsewhere");
  }

  private int sent(JsonNode sent) {
    String delivery = Json.text(sent, "delivery");
    if (!Json.flag(sent, "taken")) {
      throw new CliFailure(
          Exit.FAILED, "delivery " + delivery + " failed: " + Json.text(sent, "error"), null);
    }
    session().line("delivery " + delivery + " was taken: " + Json.text(sent, "status"));
    return Exit.OK;
  }

  private static String globs(JsonNode item) {
    List<String> globs = new ArrayList<>();
    item.path("events").forEach(each -> globs.add(each.asText()));
    return String.join(",", globs);
  }

  private String last(JsonNode item) {
    return item.has("delivered_at") ? ", last " + ago(item, "delivered_at") : "";
  }

  private String ago(JsonNode item, String field) {
    return Times.age(Json.text(item, field), session().nowMs()) + " ago";
  }
}
