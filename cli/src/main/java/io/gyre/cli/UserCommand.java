package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "user", description = "Make, list and delete users; set their passwords and roles.")
final class UserCommand extends GyreCommand {
  private UserCommand(Session session) {
    super(session);
  }

  static CommandLine withSubcommands(Session session) {
    return new CommandLine(new UserCommand(session))
        .addSubcommand("create", new Create(session))
        .addSubcommand("list", new ListThem(session))
        .addSubcommand("roles", new Roles(session))
        .addSubcommand("passwd", new Passwd(session))
        .addSubcommand("unlock", new Unlock(session))
        .addSubcommand("delete", new Delete(session));
  }

  @Override
  int run() {
    throw CliFailure.usage("what about users?", "gyre user create|list|roles|passwd|unlock|delete");
  }

  private static String path(String name) {
    return "/v1/users/" + Api.encode(name);
  }

  private static ArrayNode array(List<String> texts) {
    ArrayNode array = Json.array();
    texts.forEach(array::add);
    return array;
  }

  @Command(name = "create", description = "Make a user. The password is asked for.")
  static final class Create extends GyreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "The name.")
    String name = "";

    @Option(
        names = {"-r", "--role"},
        paramLabel = "ROLE",
        split = ",",
        description =
            "viewer, operator, admin or a policy; ROLE@NAMESPACE in one namespace only. Several:"
                + " again, or with commas.")
    List<String> roles = new ArrayList<>();

    @Option(
        names = "--password-stdin",
        description = "Read the password from standard input instead of asking for it.")
    boolean passwordStdin;

    @Option(names = "--no-password", description = "Nobody can log in; tokens can be made.")
    boolean noPassword;

    Create(Session session) {
      super(session);
    }

    @Override
    int run() throws IOException {
      ObjectNode body = Json.object().put("name", name);
      body.set("roles", array(roles));
      if (!noPassword) {
        body.put(
            "password", PasswordInput.read(session(), "password of " + name, passwordStdin, true));
      }
      var _ = api().post("/v1/users", body);
      session().line("user " + name + " created");
      if (roles.isEmpty()) {
        session().note("  without a role it may nothing: gyre user roles " + name + " ROLE");
      }
      return Exit.OK;
    }
  }

  @Command(name = "list", description = "List users, their roles, and who is locked.")
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
      List<JsonNode> users = api().list("/v1/users");
      if (format == OutputFormat.JSON) {
        session().line(Json.pretty(Json.array().addAll(users)));
        return Exit.OK;
      }
      Table table =
          new Table(List.of("NAME", "ROLES", "PASSWORD", "SESSIONS", "LAST LOGIN", "LOCKED UNTIL"));
      for (JsonNode user : users) {
        table.row(
            List.of(
                Json.text(user, "name"),
                WhoamiCommand.joined(user.path("roles"), ","),
                Json.flag(user, "password") ? "yes" : "no",
                Json.text(user, "sessions"),
                Json.text(user, "last_login_at"),
                Json.text(user, "locked_until")));
      }
      if (table.isEmpty()) {
        session().note("no users: gyre user create NAME --role admin");
        return Exit.OK;
      }
      session().lines(table.lines(session().style()));
      return Exit.OK;
    }
  }

  @Command(
      name = "roles",
      description = "Replace all roles of a user. It counts at once and ends the user's sessions.")
  static final class Roles extends GyreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "The user.")
    String name = "";

    @Parameters(
        index = "1..*",
        arity = "0..*",
        paramLabel = "ROLE",
        description = "ROLE or ROLE@NAMESPACE; none: shows what there are.")
    List<String> roles = new ArrayList<>();

    @Option(names = "--none", description = "Take all roles away.")
    boolean none;

    Roles(Session session) {
      super(session);
    }

    @Override
    int run() {
      if (none && !roles.isEmpty()) {
        throw CliFailure.usage("--none goes with no role", null);
      }
      JsonNode user =
          roles.isEmpty() && !none
              ? api().get(path(name))
              : api().put(path(name) + "/roles", Json.object().set("roles", array(roles)));
      String shown = WhoamiCommand.joined(user.path("roles"), ", ");
      session().line("user " + name + ": " + (shown.isEmpty() ? "no roles" : shown));
      return Exit.OK;
    }
  }

  @Command(
      name = "passwd",
      description = "Set a password; the user's sessions end. Yours asks for the one before.")
  static final class Passwd extends GyreCommand {
    @Parameters(
        index = "0",
        arity = "0..1",
        paramLabel = "NAME",
        description = "The user; you, if not given.")
    String name = "";

    @Option(
        names = "--password-stdin",
        description =
            "Read from standard input: for yourself the password before in the first line, and the"
                + " new one.")
    boolean passwordStdin;

    Passwd(Session session) {
      super(session);
    }

    @Override
    int run() throws IOException {
      JsonNode who = api().get("/v1/whoami");
      boolean session = Json.text(who, "kind").equals("user");
      String user = name.isEmpty() ? Json.text(who, "user") : name;
      if (user.isEmpty()) {
        throw CliFailure.usage("whose password?", "gyre user passwd NAME");
      }
      ObjectNode body = Json.object();
      if (session && user.equals(Json.text(who, "user"))) {
        body.put("current", PasswordInput.read(session(), "password so far", passwordStdin, false));
      }
      body.put(
          "password",
          PasswordInput.read(session(), "new password of " + user, passwordStdin, true));
      var _ = api().put(path(user) + "/password", body);
      session().line("password of " + user + " set");
      return Exit.OK;
    }
  }

  @Command(name = "unlock", description = "Let a user try to log in again at once.")
  static final class Unlock extends GyreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "The user.")
    String name = "";

    Unlock(Session session) {
      super(session);
    }

    @Override
    int run() {
      var _ = api().post(path(name) + "/unlock", null);
      session().line("user " + name + " unlocked");
      return Exit.OK;
    }
  }

  @Command(name = "delete", description = "Delete users with their tokens and sessions.")
  static final class Delete extends GyreCommand {
    @Parameters(index = "0..*", arity = "1..*", paramLabel = "NAME", description = "The users.")
    List<String> names = new ArrayList<>();

    Delete(Session session) {
      super(session);
    }

    @Override
    int run() {
      for (String name : names) {
        var _ = api().delete(path(name));
        session().line("user " + name + " deleted");
      }
      return Exit.OK;
    }
  }
}
