package io.gyre.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "context",
    description = {
      "Which Gyre commands are for: its address, who asks, and the usual namespace. GYRE_API and",
      "GYRE_TOKEN win over it; up, down, component, config and plugin are always for this host."
    })
final class ContextCommand extends GyreCommand {
  private ContextCommand(Session session) {
    super(session);
  }

  static CommandLine withSubcommands(Session session) {
    return new CommandLine(new ContextCommand(session))
        .addSubcommand("add", new Add(session))
        .addSubcommand("use", new Use(session))
        .addSubcommand("list", new ListThem(session))
        .addSubcommand("remove", new Remove(session));
  }

  @Override
  int run() {
    throw CliFailure.usage("what about contexts?", "gyre context add|use|list|remove");
  }

  @Command(name = "add", description = "Make or replace a context, and use it.")
  static final class Add extends GyreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "Its name.")
    String name = "";

    @Option(
        names = "--server",
        required = true,
        paramLabel = "URL",
        description = "Address of the API, as in https://host:7070 or unix:///run/api.sock.")
    String server = "";

    @Option(
        names = {"-n", "--namespace"},
        paramLabel = "NAMESPACE",
        description = "The namespace of commands that name none.")
    String namespace = "";

    @Option(
        names = "--ca",
        paramLabel = "FILE",
        description = "Certificates, PEM, that the server's must be signed by.")
    String ca = "";

    @Option(names = "--token-stdin", description = "Read a token from standard input.")
    boolean tokenStdin;

    Add(Session session) {
      super(session);
    }

    @Override
    int run() throws IOException {
      if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")) {
        throw CliFailure.usage(
            "\"" + name + "\" is no name of a context", "use letters, digits, '.', '_' and '-'");
      }
      String file = ca.isEmpty() ? "" : Path.of(ca).toAbsolutePath().normalize().toString();
      if (!file.isEmpty() && !Files.isReadable(Path.of(file))) {
        throw CliFailure.usage("cannot read " + file, null);
      }
      String token = tokenStdin ? PasswordInput.line(session()) : "";
      Contexts contexts = Contexts.read(session());
      contexts.put(name, new Contexts.Context(Api.normalise(server), token, namespace, file));
      contexts.use(name);
      contexts.write();
      session().line("context " + name + " is used now");
      if (token.isEmpty()) {
        session().note("  log in: gyre login --user NAME");
      }
      return Exit.OK;
    }
  }

  @Command(name = "use", description = "Use a context from now on.")
  static final class Use extends GyreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "Its name.")
    String name = "";

    Use(Session session) {
      super(session);
    }

    @Override
    int run() throws IOException {
      Contexts contexts = Contexts.read(session());
      contexts.use(name);
      contexts.write();
      session().line("context " + name + " is used now");
      return Exit.OK;
    }
  }

  @Command(name = "list", description = "List the contexts; the one in use has a star.")
  static final class ListThem extends GyreCommand {
    ListThem(Session session) {
      super(session);
    }

    @Override
    int run() {
      Contexts contexts = Contexts.read(session());
      Table table = new Table(java.util.List.of("", "NAME", "SERVER", "NAMESPACE", "TOKEN"));
      for (String each : contexts.names()) {
        Contexts.Context context = contexts.require(each);
        table.row(
            java.util.List.of(
                each.equals(contexts.currentName()) ? "*" : " ",
                each,
                context.server(),
                context.namespace(),
                context.token().isEmpty()
                    ? ""
                    : context.token().startsWith("gyres_") ? "session" : "token"));
      }
      if (table.isEmpty()) {
        session().note("no contexts: commands are for this host");
        return Exit.OK;
      }
      session().lines(table.lines(session().style()));
      return Exit.OK;
    }
  }

  @Command(name = "remove", description = "Forget a context and its token.")
  static final class Remove extends GyreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "Its name.")
    String name = "";

    Remove(Session session) {
      super(session);
    }

    @Override
    int run() throws IOException {
      Contexts contexts = Contexts.read(session());
      contexts.remove(name);
      contexts.write();
      session().line("context " + name + " removed");
      return Exit.OK;
    }
  }
}
