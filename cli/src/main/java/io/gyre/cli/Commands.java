package io.gyre.cli;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/** All commands by name. One run makes only the one it needs: reading annotations takes time. */
final class Commands {
  static final List<String> NAMES =
      List.of(
          "up",
          "down",
          "status",
          "apply",
          "plan",
          "get",
          "describe",
          "top",
          "logs",
          "exec",
          "scale",
          "restart",
          "stop",
          "start",
          "rollout",
          "rollback",
          "job",
          "secret",
          "webhook",
          "create",
          "delete",
          "namespace",
          "volume",
          "why",
          "audit",
          "plugin",
          "component",
          "config",
          "export",
          "backup",
          "restore",
          "context",
          "login",
          "logout",
          "whoami",
          "user",
          "token",
          "policy",
          "doctor",
          "version",
          "completion",
          "schema");

  /** They work with the processes and files of this host, so no context sends them elsewhere. */
  private static final Set<String> OF_THIS_HOST =
      Set.of("up", "down", "component", "config", "doctor", "plugin", "restore");

  private Commands() {}

  /** With all commands, for help, completion and suggestions. */
  static CommandLine all(Session session) {
    CommandLine root = new CommandLine(new RootCommand(session));
    for (String name : NAMES) {
      root.addSubcommand(name, java.util.Objects.requireNonNull(create(name, session)));
    }
    return configured(root, session);
  }

  /** With the command that the arguments name, or with all where they name none. */
  static CommandLine forArguments(String[] arguments, Session session) {
    Object command = arguments.length == 0 ? null : create(arguments[0], session);
    if (command == null) {
      return all(session);
    }
    if (OF_THIS_HOST.contains(arguments[0])) {
      session.onHost();
    }
    CommandLine root = new CommandLine(new RootCommand(session));
    root.addSubcommand(arguments[0], command);
    return configured(root, session);
  }

  private static CommandLine configured(CommandLine root, Session session) {
    return root.setColorScheme(
            CommandLine.Help.defaultColorScheme(session.style().colours() ? Ansi.ON : Ansi.OFF))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExpandAtFiles(false)
        .setUsageHelpAutoWidth(false)
        .setUsageHelpWidth(100);
  }

  private static @Nullable Object create(String name, Session session) {
    return switch (name) {
      case "up" -> new UpCommand(session);
      case "down" -> new DownCommand(session);
      case "status" -> new StatusCommand(session);
      case "apply" -> new ApplyCommand(session);
      case "plan" -> new PlanCommand(session);
      case "get" -> new GetCommand(session);
      case "describe" -> new DescribeCommand(session);
      case "top" -> new TopCommand(session);
      case "logs" -> new LogsCommand(session);
      case "exec" -> new ExecCommand(session);
      case "scale" -> new ScaleCommand(session);
      case "restart" -> new RestartCommand(session);
      case "stop" -> new StopCommand(session);
      case "start" -> new StartCommand(session);
      case "rollout" -> new RolloutCommand(session);
      case "rollback" -> new RollbackCommand(session);
      case "job" -> new JobCommand(session);
      case "secret" -> new SecretCommand(session);
      case "webhook" -> new WebhookCommand(session);
      case "create" -> new CreateCommand(session);
      case "delete" -> new DeleteCommand(session);
      case "namespace" -> PruneCommand.ofNamespaces(session);
      case "volume" -> PruneCommand.ofVolumes(session);
      case "why" -> new WhyCommand(session);
      case "audit" -> new AuditCommand(session);
      case "plugin" -> PluginCommand.withSubcommands(session);
      case "component" -> ComponentCommand.withSubcommands(session);
      case "config" -> ConfigCommand.withSubcommands(session);
      case "export" -> new ExportCommand(session);
      case "backup" -> new BackupCommand(session);
      case "restore" -> new RestoreCommand(session);
      case "context" -> ContextCommand.withSubcommands(session);
      case "login" -> new LoginCommand(session);
      case "logout" -> new LogoutCommand(session);
      case "whoami" -> new WhoamiCommand(session);
      case "user" -> UserCommand.withSubcommands(session);
      case "token" -> TokenCommand.withSubcommands(session);
      case "policy" -> PolicyCommand.withSubcommands(session);
      case "doctor" -> new DoctorCommand(session);
      case "version" -> new VersionCommand(session);
      case "completion" -> new CompletionCommand(session);
      case "schema" -> new SchemaCommand(session);
      default -> null;
    };
  }
}
