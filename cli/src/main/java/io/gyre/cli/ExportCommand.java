package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "export",
    description = {
      "Print what is wanted as a manifest: namespaces with their quotas, configs and deployments.",
      "Applied again, all of it is unchanged."
    })
final class ExportCommand extends GyreCommand {
  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "Default: default.")
  String namespace = "default";

  @Option(
      names = {"-A", "--all"},
      description = "All namespaces, a document each.")
  boolean all;

  @Option(
      names = {"-d", "--directory"},
      paramLabel = "DIR",
      description = "Write a file NAMESPACE.yaml for each namespace into this directory.")
  @Nullable Path directory;

  @Option(names = "--force", description = "Replace files that exist.")
  boolean force;

  ExportCommand(Session session) {
    super(session);
  }

  @Override
  int run() throws IOException {
    JsonNode answer = api().get("/v1/export" + (all ? "" : "?namespace=" + Api.encode(namespace)));
    Map<String, String> manifests = new LinkedHashMap<>();
    for (JsonNode item : answer.path("items")) {
      String manifest = Json.text(item, "manifest");
      if (!manifest.isEmpty()) {
        manifests.put(Json.text(item, "namespace"), manifest);
      }
    }
    if (manifests.isEmpty()) {
      session().note("nothing is wanted there");
    }
    if (directory == null) {
      session().out().print(String.join("---\n", manifests.values()));
      return Exit.OK;
    }
    Files.createDirectories(directory);
    for (String name : manifests.keySet()) {
      Path file = directory.resolve(name + ".yaml");
      if (Files.exists(file) && !force) {
        throw new CliFailure(
            Exit.CONFLICT, file + " exists already", "--force replaces such files");
      }
    }
    for (Map.Entry<String, String> entry : manifests.entrySet()) {
      Path file = directory.resolve(entry.getKey() + ".yaml");
      Files.writeString(file, entry.getValue());
      session().line("wrote " + file);
    }
    return Exit.OK;
  }
}
