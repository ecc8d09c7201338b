package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "login",
    description = {
      "Log in with a password. The session is kept in the context in use; where there is none, in a",
      "new one."
    })
final class LoginCommand extends GyreCommand {
  private static final String DEFAULT = "default";

  @Option(
      names = {"-u", "--user"},
      required = true,
      paramLabel = "NAME",
      description = "Who logs in.")
  String user = "";

  @Option(
      names = "--password-stdin",
      description = "Read the password from standard input instead of asking for it.")
  boolean passwordStdin;

  LoginCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException {
    // Before the password is asked for: a file that can't be kept shows now.
    Contexts contexts = Contexts.read(session());
    String password = PasswordInput.read(session(), "password of " + user, passwordStdin, false);
    Api api = api();
    JsonNode answer =
        api.post("/v1/login", Json.object().put("user", user).put("password", password));
    Optional<Contexts.Context> current = contexts.current();
    String name = current.isPresent() ? contexts.currentName() : DEFAULT;
    Contexts.Context before = current.orElse(contexts.find(DEFAULT));
    contexts.put(
        name,
        new Contexts.Context(
            api.base(),
            Json.text(answer, "token"),
            before == null ? "" : before.namespace(),
            before == null ? "" : before.ca()));
    contexts.use(name);
    contexts.write();
    session()
        .line(
            "logged in as "
                + user
                + " until "
                + Json.text(answer, "expires_at")
                + "; context "
                + name);
    if (!session().variable("GYRE_TOKEN").isEmpty()) {
      session().note("  GYRE_TOKEN is set and wins over it");
    }
    return Exit.OK;
  }
}
