package io.gyre.cli;

import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;

@Command(
    name = "completion",
    description = {
      "Print a script that completes commands and options.",
      "bash, zsh: add  source <(gyre completion bash)  to ~/.bashrc or ~/.zshrc",
      "fish:      gyre completion fish > ~/.config/fish/completions/gyre.fish"
    })
final class CompletionCommand extends GyreCommand {
  /** The shells. */
  enum Shell {
    BASH,
    ZSH,
    FISH;

    @Override
    public String toString() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  @Parameters(paramLabel = "SHELL", description = "One of: ${COMPLETION-CANDIDATES}.")
  Shell shell = Shell.BASH;

  CompletionCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    CommandLine all = Commands.all(session());
    switch (shell) {
      case BASH, ZSH -> session().out().print(AutoComplete.bash("gyre", all));
      case FISH -> fish(all);
    }
    return Exit.OK;
  }

  private void fish(CommandLine all) {
    session().line("complete -c gyre -f");
    all.getSubcommands()
        .forEach(
            (name, command) -> {
              CommandSpec spec = command.getCommandSpec();
              session()
                  .line(
                      "complete -c gyre -n __fish_use_subcommand -a "
                          + name
                          + " -d "
                          + quote(first(spec.usageMessage().description())));
              spec.options().forEach(option -> fish(name, option));
            });
    for (ResourceKind kind : ResourceKind.values()) {
      session().line("complete -c gyre -n '__fish_seen_subcommand_from get' -a " + kind.plural());
    }
  }

  private void fish(String command, OptionSpec option) {
    StringBuilder line =
        new StringBuilder("complete -c gyre -n '__fish_seen_subcommand_from ")
            .append(command)
            .append('\'');
    for (String name : option.names()) {
      line.append(name.startsWith("--") ? " -l " : " -s ").append(name.replaceFirst("^--?", ""));
    }
    if (option.arity().max() > 0) {
      boolean file = option.longestName().contains("file");
      line.append(file ? " -r -F" : " -x");
      if (option.completionCandidates() != null) {
        line.append(" -a '").append(String.join(" ", option.completionCandidates())).append('\'');
      }
    }
    line.append(" -d ").append(quote(first(option.description())));
    session().line(line.toString());
  }

  private static String first(String[] description) {
    return description.length == 0 ? "" : description[0];
  }

  private static String quote(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
