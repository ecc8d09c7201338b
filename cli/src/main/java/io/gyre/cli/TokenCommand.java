package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "token", description = "Make, list, rotate and revoke service tokens.")
final class TokenCommand extends GyreCommand {
  private TokenCommand(Session session) {
    super(session);
  }

  static CommandLine withSubcommands(Session session) {
    return new CommandLine(new TokenCommand(session))
        .addSubcommand("create", new Create(session))
        .addSubcommand("list", new ListThem(session))
        .addSubcommand("rotate", new Rotate(session))
        .addSubcommand("revoke", new Revoke(session));
  }

  @Override
  int run() {
    throw CliFailure.usage("what about tokens?", "gyre token create|list|rotate|revoke");
  }

  private static String path(String name) {
    return "/v1/tokens/" + Api.encode(name);
  }

  /** The secret alone on standard output, for {@code TOKEN=$(gyre token create ci)}. */
  private static int show(Session session, JsonNode token, String done) {
    session.line(Json.text(token, "token"));
    String ends = Json.text(token, "expires_at");
    session.note(
        "token "
            + Json.text(token, "name")
            + " "
            + done
            + (ends.isEmpty() ? "; it never ends" : "; it ends " + ends)
            + ". It is shown this once.");
    return Exit.OK;
  }

  @Command(name = "create", description = "Make a token of your own, or of a user.")
  static final class Create extends GyreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "Its name.")
    String name = "";

    @Option(
        names = {"-s", "--scope"},
        paramLabel = "RESOURCE:VERB",
        split = ",",
        description =
            "What it is good for at most, as in deployments:read or logs:*. Default: all that its"
                + " owner may.")
    List<String> scopes = new ArrayList<>();

    @Option(
        names = {"-n", "--namespace"},
        paramLabel = "NAMESPACE",
        split = ",",
        description = "Where. Default: wherever its owner may.")
    List<String> namespaces = new ArrayList<>();

    @Option(
        names = "--expires",
        paramLabel = "DURATION",
        description = "When it ends: 12h, 30d or never. Default: 90d.")
    String expires = "";

    @Option(names = "--user", paramLabel = "NAME", description = "Whose it is. Default: yours.")
    String user = "";

    Create(Session session) {
      super(session);
    }

    @Override
    int run() {
      ObjectNode body = Json.object().put("name", name);
      if (!scopes.isEmpty()) {
        scopes.forEach(body.putArray("scopes")::add);
      }
      if (!namespaces.isEmpty()) {
        namespaces.forEach(body.putArray("namespaces")::add);
      }
      if (!expires.isEmpty()) {
        body.put("expires_in", expires);
      }
      if (!user.isEmpty()) {
        body.put("user", user);
      }
      return show(session(), api().post("/v1/tokens", body), "made");
    }
  }

  @Command(name = "list", description = "List your tokens; for admins all.")
  static final class ListThem extends GyreCommand {
    @Option(
        names = {"-o", "--output"},
        paramLabel = "FORMAT",
        converter = OutputFormat.Reader.class,
        description = "table or json.")
    OutputFormat format = OutputFormat.TABLE;

    ListThem(Session session) {
      super(session);
    }

    @Override
    int run() {
      List<JsonNode> tokens = api().list("/v1/tokens");
      if (format == OutputFormat.JSON) {
        session().line(Json.pretty(Json.array().addAll(tokens)));
        return Exit.OK;
      }
      Table table =
          new Table(List.of("NAME", "OWNER", "SCOPES", "NAMESPACES", "LAST USED", "ENDS"));
      for (JsonNode token : tokens) {
        String owner = Json.text(token, "owner");
        String ends = Json.text(token, "expires_at");
        table.row(
            List.of(
                Json.text(token, "name"),
                owner.isEmpty() ? "(" + Json.text(token, "role") + ")" : owner,
                WhoamiCommand.joined(token.path("scopes"), ","),
                WhoamiCommand.joined(token.path("namespaces"), ","),
                Json.text(token, "last_used_at"),
                ends.isEmpty() ? "never" : ends));
      }
      if (table.isEmpty()) {
        session().note("no tokens");
        return Exit.OK;
      }
      session().lines(table.lines(session().style()));
      return Exit.OK;
    }
  }

  @Command(name = "rotate", description = "Give a token another secret.")
  static final class Rotate extends GyreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "The token.")
    String name = "";

    @Option(
        names = "--grace",
        paramLabel = "DURATION",
        description = "How long the secret before counts yet, at most 7d. Default: 0, not at all.")
    String grace = "0";

    @Option(
        names = "--expires",
        paramLabel = "DURATION",
        description = "When it ends from now on: 12h, 30d or never. Default: as before.")
    String expires = "";

    Rotate(Session session) {
      super(session);
    }

    @Override
    int run() {
      ObjectNode body = Json.object().put("grace", grace);
      if (!expires.isEmpty()) {
        body.put("expires_in", expires);
      }
      return show(session(), api().post(path(name) + "/rotate", body), "has another secret");
    }
  }

  @Command(name = "revoke", description = "End tokens at once.")
  static final class Revoke extends GyreCommand {
    @Parameters(index = "0..*", arity = "1..*", paramLabel = "NAME", description = "The tokens.")
    List<String> names = new ArrayList<>();

    Revoke(Session session) {
      super(session);
    }

    @Override
    int run() {
      for (String name : names) {
        var _ = api().delete(path(name));
        session().line("token " + name + " revoked");
      }
      return Exit.OK;
    }
  }
}
