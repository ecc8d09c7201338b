package io.gyre.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of the commands that read manifests. */
final class ManifestOptions {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE|DIR|-",
      description =
          "A manifest, a directory of them (*.yaml, *.yml, *.json, in the order of their names,"
              + " without subdirectories) or - for standard input. May be given several times.")
  List<String> files = new ArrayList<>();

  @Option(
      names = "--env-file",
      paramLabel = "FILE",
      description =
          "Lines NAME=VALUE for the variables ($NAME, $${NAME}, $${NAME:-default}) of the manifest."
              + " A variable of the environment wins over the file's.")
  @Nullable Path envFile;

  /** The body of {@code POST /v1/apply}: the files and those variables that they name. */
  ObjectNode request(Session session) {
    if (files.isEmpty()) {
      throw CliFailure.usage("which manifest?", "name it with -f FILE, -f DIR or -f -");
    }
    List<ManifestFiles.File> read = new ManifestFiles(session.in()).read(files);
    ObjectNode body = Json.object();
    body.putArray("files");
    Map<String, String> variables = new TreeMap<>();
    Map<String, String> fromFile = envFile == null ? Map.of() : EnvFile.read(envFile);
    List<String> problems = new ArrayList<>();
    for (ManifestFiles.File file : read) {
      AttachedFiles attached =
          AttachedFiles.of(file.name(), file.content(), file.directory(), problems);
      ObjectNode sent = Json.object().put("name", file.name()).put("content", file.content());
      if (!attached.base64().isEmpty()) {
        ObjectNode contents = sent.putObject("attached");
        attached.base64().forEach(contents::put);
      }
      body.withArray("files").add(sent);
      for (String name : Variables.in(file.content() + "\n" + attached.interpolated())) {
        String value = session.environment().getOrDefault(name, fromFile.get(name));
        if (value != null) {
          variables.put(name, value);
        }
      }
    }
    AttachedFiles.requireAll(problems);
    ObjectNode values = body.putObject("variables");
    variables.forEach(values::put);
    return body;
  }
}
