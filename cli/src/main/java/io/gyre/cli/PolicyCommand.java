package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
    name = "policy",
    description = "Make, list and delete policies: rules that users are given like a role.")
final class PolicyCommand extends GyreCommand {
  private PolicyCommand(Session session) {
    super(session);
  }

  static CommandLine withSubcommands(Session session) {
    return new CommandLine(new PolicyCommand(session))
        .addSubcommand("set", new Set(session))
        .addSubcommand("list", new ListThem(session))
        .addSubcommand("delete", new Delete(session));
  }

  @Override
  int run() {
    throw CliFailure.usage("what about policies?", "gyre policy set|list|delete");
  }

  @Command(
      name = "set",
      description = {
        "Make a policy, or replace all its rules, at once for all who have it.",
        "As in: gyre policy set deployer deployments:read,write@shop logs:read"
      })
  static final class Set extends GyreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "Its name.")
    String name = "";

    @Parameters(
        index = "1..*",
        arity = "1..*",
        paramLabel = "RULE",
        description =
            "RESOURCE:VERB[,VERB] everywhere, or RESOURCE:VERB[,VERB]@NAMESPACE[,NAMESPACE]; *"
                + " stands for all.")
    List<String> rules = new ArrayList<>();

    Set(Session session) {
      super(session);
    }

    @Override
    int run() {
      ArrayNode array = Json.array();
      rules.forEach(rule -> array.add(rule(rule)));
      var _ = api().put("/v1/policies/" + Api.encode(name), Json.object().set("rules", array));
      session().line("policy " + name + " set");
      return Exit.OK;
    }

    private static ObjectNode rule(String text) {
      int at = text.indexOf('@');
      String[] parts = (at < 0 ? text : text.substring(0, at)).split(":", -1);
      if (parts.length != 2) {
        throw CliFailure.usage(
            "\"" + text + "\" is no rule", "write RESOURCE:VERB or RESOURCE:VERB@NAMESPACE");
      }
      ObjectNode rule = Json.object().put("resource", parts[0]);
      addAll(rule.putArray("verbs"), parts[1]);
      if (at >= 0) {
        addAll(rule.putArray("namespaces"), text.substring(at + 1));
      }
      return rule;
    }

    private static void addAll(ArrayNode array, String list) {
      for (String each : list.split(",", -1)) {
        array.add(each);
      }
    }
  }

  @Command(name = "list", description = "List policies and their rules.")
  static final class ListThem extends GyreCommand {
    ListThem(Session session) {
      super(session);
    }

    @Override
    int run() {
      Table table = new Table(List.of("NAME", "RESOURCE", "VERBS", "NAMESPACES"));
      for (JsonNode policy : api().list("/v1/policies")) {
        for (JsonNode rule : policy.path("rules")) {
          table.row(
              List.of(
                  Json.text(policy, "name"),
                  Json.text(rule, "resource"),
                  WhoamiCommand.joined(rule.path("verbs"), ","),
                  WhoamiCommand.joined(rule.path("namespaces"), ",")));
        }
      }
      if (table.isEmpty()) {
        session().note("no policies; there are always the roles viewer, operator and admin");
        return Exit.OK;
      }
      session().lines(table.lines(session().style()));
      return Exit.OK;
    }
  }

  @Command(name = "delete", description = "Delete policies that nobody has.")
  static final class Delete extends GyreCommand {
    @Parameters(index = "0..*", arity = "1..*", paramLabel = "NAME", description = "The policies.")
    List<String> names = new ArrayList<>();

    Delete(Session session) {
      super(session);
    }

    @Override
    int run() {
      for (String name : names) {
        var _ = api().delete("/v1/policies/" + Api.encode(name));
        session().line("policy " + name + " deleted");
      }
      return Exit.OK;
    }
  }
}
