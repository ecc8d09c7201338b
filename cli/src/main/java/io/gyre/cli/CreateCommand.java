package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "create",
    description = "Create namespaces and configs. Deployments come from manifests: gyre apply.")
final class CreateCommand extends GyreCommand {
  @Parameters(index = "0", paramLabel = "KIND", description = "namespace (ns) or config (cfg).")
  String kindWord = "";

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "NAME", description = "Their names.")
  List<String> names = new ArrayList<>();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "Of a config: its namespace; \"default\" if not given.")
  String namespace = "";

  @Option(
      names = "--from-file",
      paramLabel = "[KEY=]FILE",
      description =
          "Of a config: an entry with the content of a file; \"-\" is standard input. Without a key"
              + " the name of the file is the key.")
  List<String> fromFiles = new ArrayList<>();

  @Option(
      names = "--from-env-file",
      paramLabel = "FILE",
      description = "Of a config: an entry for each line NAME=VALUE.")
  List<Path> fromEnvFiles = new ArrayList<>();

  @Option(
      names = "--replace",
      description =
          "Of a config: where it exists give it another version; all entries are replaced.")
  boolean replace;

  CreateCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    ResourceKind kind = ResourceKind.parse(kindWord);
    return switch (kind) {
      case NAMESPACES -> namespaces();
      case CONFIGS -> config();
      case DEPLOYMENTS, INSTANCES, REVISIONS, RUNTIMES, PLUGINS, VOLUMES, EVENTS ->
          throw CliFailure.usage(
              "create makes namespaces and configs",
              "write a manifest and run: gyre apply -f FILE");
    };
  }

  private int namespaces() {
    if (!fromFiles.isEmpty() || !fromEnvFiles.isEmpty() || replace || !namespace.isEmpty()) {
      throw CliFailure.usage("only a config has entries and a namespace", null);
    }
    for (String name : names) {
      api().post("/v1/namespaces", Json.object().put("name", name));
      session().line("namespace " + name + " created");
    }
    return Exit.OK;
  }

  private int config() {
    if (names.size() != 1) {
      throw CliFailure.usage("one config at a time", "gyre create config NAME --from-file FILE");
    }
    if (fromFiles.isEmpty() && fromEnvFiles.isEmpty()) {
      throw CliFailure.usage(
          "a config has entries", "gyre create config NAME --from-file KEY=FILE");
    }
    Map<String, String> entries = new TreeMap<>();
    Map<String, String> binary = new TreeMap<>();
    for (Path file : fromEnvFiles) {
      EnvFile.read(file).forEach((key, value) -> add(entries, key, value));
    }
    ManifestFiles files = new ManifestFiles(session().in());
    for (String argument : fromFiles) {
      int equals = argument.indexOf('=');
      String file = argument.substring(equals + 1);
      String key =
          equals >= 0 ? argument.substring(0, equals) : String.valueOf(Path.of(file).getFileName());
      if (equals < 0 && file.equals("-")) {
        throw CliFailure.usage("standard input needs a key", "--from-file KEY=-");
      }
      byte[] bytes = files.readOne(file);
      Optional<String> text = text(bytes);
      if (text.isPresent()) {
        add(entries, key, text.get());
      } else {
        add(binary, key, Base64.getEncoder().encodeToString(bytes));
      }
    }
    for (String key : binary.keySet()) {
      if (entries.containsKey(key)) {
        throw CliFailure.usage("the entry \"" + key + "\" is given twice", null);
      }
    }
    ObjectNode body = Json.object();
    ObjectNode data = body.putObject("data");
    entries.forEach(data::put);
    if (!binary.isEmpty()) {
      ObjectNode others = body.putObject("binary");
      binary.forEach(others::put);
    }
    DeploymentRef ref = session().ref(names.getFirst(), namespace);
    print(session(), ref, api().put(ConfigDescription.path(ref), body, !replace));
    return Exit.OK;
  }

  /** Empty where it is no text. */
  private static Optional<String> text(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.indexOf('\0') < 0 ? Optional.of(text) : Optional.empty();
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  private static void add(Map<String, String> entries, String key, String value) {
    if (entries.putIfAbsent(key, value) != null) {
      throw CliFailure.usage("the entry \"" + key + "\" is given twice", null);
    }
  }

  /** What became of a config and its users. */
  static void print(Session session, DeploymentRef ref, JsonNode answer) {
    String version = " (version " + Json.text(answer.path("config"), "version") + ")";
    session.line(
        "config "
            + ref
            + (Json.flag(answer, "created")
                ? " created"
                : Json.flag(answer, "changed") ? " changed" + version : " unchanged" + version));
    answer.path("rolled").forEach(each -> session.line("  a new revision of " + each.asText()));
    answer.path("others").forEach(each -> session.line("  " + each.asText()));
  }
}
