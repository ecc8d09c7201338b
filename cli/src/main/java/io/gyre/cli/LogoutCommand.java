package io.gyre.cli;

import java.io.IOException;
import java.util.Optional;
import picocli.CommandLine.Command;

@Command(name = "logout", description = "End the session of the context in use.")
final class LogoutCommand extends GyreCommand {
  LogoutCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException {
    Contexts contexts = Contexts.read(session());
    Optional<Contexts.Context> current = contexts.current();
    if (current.isEmpty() || !current.get().token().startsWith("gyres_")) {
      throw CliFailure.usage("nobody is logged in", "a token is ended by gyre token revoke");
    }
    int exit = Exit.OK;
    try {
      var _ = Api.of(session(), current.get()).post("/v1/logout", null);
    } catch (CliFailure e) {
      // It ended by itself, or can't be reached: it is forgotten here in any case.
      if (e.exitCode() != Exit.UNAUTHORISED) {
        session().note("warning: the session may last: " + e.text());
        exit = e.exitCode();
      }
    }
    contexts.put(contexts.currentName(), current.get().withToken(""));
    contexts.write();
    session().line("logged out");
    return exit;
  }
}
