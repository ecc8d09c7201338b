package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** What {@code gyre describe config NAME} prints. */
final class ConfigDescription {
  private ConfigDescription() {}

  /** Where the API has it; configs have the same identity as deployments. */
  static String path(DeploymentRef ref) {
    return "/v1/namespaces/" + Api.encode(ref.namespace()) + "/configs/" + Api.encode(ref.name());
  }

  static void print(Session session, DeploymentRef ref) {
    JsonNode details = session.api().get(path(ref));
    JsonNode config = details.path("config");
    session.line("Name:       " + Json.text(config, "name"));
    session.line("Namespace:  " + Json.text(config, "namespace"));
    session.line("Version:    " + Json.text(config, "version"));
    session.line("");
    session.line(session.style().bold("Entries"));
    config
        .path("entries")
        .properties()
        .forEach(
            entry -> {
              session.line("  " + entry.getKey() + ":");
              for (String line : entry.getValue().asText().split("\n", -1)) {
                session.line("    " + line);
              }
            });
    config
        .path("binary")
        .properties()
        .forEach(
            entry -> {
              long bytes = Base64.getDecoder().decode(entry.getValue().asText()).length;
              session.line("  " + entry.getKey() + ": (no text, " + bytes + " bytes)");
            });
    if (config.has("templates")) {
      session.line("");
      session.line(session.style().bold("Made from"));
      config
          .path("templates")
          .properties()
          .forEach(
              entry -> {
                session.line("  " + entry.getKey() + ":");
                entry.getValue().asText().lines().forEach(line -> session.line("    " + line));
              });
    }
    session.line("");
    session.line(session.style().bold("Versions"));
    Table versions = new Table(List.of("VERSION", "AGE", "BY", "HASH", "REVISIONS"));
    for (JsonNode version : details.path("versions")) {
      String hash = Json.text(version, "hash");
      versions.row(
          List.of(
              Json.text(version, "version"),
              Times.age(Json.text(version, "created_at"), session.nowMs()),
              Json.text(version, "actor"),
              hash.substring(0, Math.min(Describe.SHORT_ID, hash.length())),
              Describe.words(version.path("used_by"))));
    }
    versions.lines(session.style()).forEach(line -> session.line("  " + line));
    session.line("");
    session.line(session.style().bold("Used by"));
    List<String> users = new ArrayList<>();
    for (JsonNode user : details.path("users")) {
      users.add(
          "  "
              + Json.text(user, "namespace")
              + "/"
              + Json.text(user, "deployment")
              + ", revision "
              + Json.text(user, "revision")
              + (user.has("version")
                  ? ", version " + Json.text(user, "version")
                  : ", the newest at each start"));
    }
    session.lines(users.isEmpty() ? List.of("  nothing") : users);
  }
}
