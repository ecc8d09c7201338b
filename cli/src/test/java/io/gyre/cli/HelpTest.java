package io.gyre.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

/** Help, completion, schema, and that the documents name commands that there are. */
final class HelpTest {
  @TempDir Path home;

  private CommandLine all() {
    return Commands.all(
        new Session(
            Map.of(),
            InputStream.nullInputStream(),
            new ByteArrayOutputStream(),
            new ByteArrayOutputStream(),
            () -> 0));
  }

  @Test
  void everythingIsDescribed() {
    assertThat(all().getSubcommands().keySet()).containsExactlyElementsOf(Commands.NAMES);
    all()
        .getSubcommands()
        .forEach(
            (name, command) -> {
              assertThat(command.getCommandSpec().usageMessage().description())
                  .as(name)
                  .isNotEmpty();
              for (ArgSpec arg : command.getCommandSpec().args()) {
                assertThat(arg.description()).as(name + " " + arg).isNotEmpty();
              }
            });
  }

  @Test
  void everyCommandHasHelp() {
    CliRun cli = new CliRun(home);
    assertThat(cli.run().out()).isEqualTo(cli.run("--help").out()).contains("GYRE_HOME");
    for (String name : Commands.NAMES) {
      CliRun.Result result = cli.run(name, "--help");
      assertThat(result.exit()).as(name).isEqualTo(0);
      assertThat(result.out()).startsWith("Usage: gyre " + name);
      assertThat(cli.run("--help").out()).contains("  " + name);
    }
    assertThat(cli.run("apply", "--help").out()).contains("${NAME:-default}");
  }

  @Test
  void completionScriptsAreValid() throws Exception {
    CliRun cli = new CliRun(home);
    CliRun.Result bash = cli.run("completion", "bash");
    assertThat(bash.out()).contains("function _picocli_gyre_get");
    assertThat(cli.run("completion", "zsh").out()).isEqualTo(bash.out());
    Path script = Files.writeString(home.resolve("gyre.bash"), bash.out());
    Process check = new ProcessBuilder("bash", "-n", script.toString()).inheritIO().start();
    assertThat(check.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(check.exitValue()).isEqualTo(0);
    assertThat(cli.run("completion", "fish").out())
        .contains(
            "complete -c gyre -n __fish_use_subcommand -a get -d '",
            "complete -c gyre -n '__fish_seen_subcommand_from get' -s o -l output -x"
                + " -a 'table wide json yaml name' -d '");
    assertThat(cli.run("completion", "tcsh").exit()).isEqualTo(2);
  }

  @Test
  void schemaNeedsNoServer() throws IOException {
    CliRun.Result result = new CliRun(home).run("schema");
    assertThat(result.exit()).isEqualTo(0);
    assertThat(Json.parse(result.out()).path("$schema").asText()).contains("json-schema.org");
  }

  /** The launcher itself knows these. */
  private static final Set<String> LAUNCHER =
      Set.of("build", "test", "format", "bench", "run", "chaos", "sdk", "dist");

  private static final Pattern COMMAND = Pattern.compile("^\\s*(?:\\$ )?(?:\\./)?gyre ([a-z]+)\\b");

  @Test
  void documentsNameOnlyCommandsThatExist() throws IOException {
    Path root = Path.of(System.getProperty("gyre.root", ".."));
    Set<String> unknown = new TreeSet<>();
    try (Stream<Path> docs = Files.walk(root.resolve("docs"));
        Stream<Path> top = Files.list(root)) {
      for (Path file :
          Stream.concat(docs, top).filter(path -> path.toString().endsWith(".md")).toList()) {
        unknown.addAll(unknownIn(Files.readAllLines(file), file));
      }
    }
    assertThat(unknown).isEmpty();
  }

  private static Set<String> unknownIn(List<String> lines, Path file) {
    Set<String> unknown = new TreeSet<>();
    boolean code = false;
    for (String line : lines) {
      if (line.startsWith("```")) {
        code = !code;
      }
      Matcher matcher = COMMAND.matcher(line);
      if (code && matcher.find()) {
        String name = matcher.group(1);
        if (!Commands.NAMES.contains(name) && !LAUNCHER.contains(name)) {
          unknown.add(file + ": gyre " + name);
        }
      }
    }
    return unknown;
  }

  @Test
  void documentsWithUnknownCommandsAreFound() {
    assertThat(unknownIn(List.of("```", "./gyre frobnicate", "gyre up", "```"), Path.of("x")))
        .containsExactly("x: gyre frobnicate");
  }
}
