package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "secret",
    description = {
      "Keep secrets, and the key that seals them. No command shows a value.",
      "Values come from standard input or from files, never from the command line."
    })
final class SecretCommand extends GyreCommand {
  private static final List<String> VERBS =
      List.of("create", "set", "list", "versions", "rollback", "delete", "keys", "rotate-kek");

  @Parameters(
      index = "0",
      paramLabel = "VERB",
      description =
          "create: a new secret. set: change entries of one. list: all, or one. versions: of one."
              + " rollback: a new version like an old one. delete: one. keys: what everything is"
              + " sealed under. rotate-kek: a new key, under which everything is moved.")
  String verb = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME", description = "The secret.")
  String name = "";

  @Parameters(
      index = "2",
      arity = "0..1",
      paramLabel = "KEY",
      description = "create, set: the entry whose value is read from standard input.")
  String key = "";

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace; \"default\" if not given.")
  String namespace = "";

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "list: of all namespaces.")
  boolean all;

  @Option(
      names = "--from-file",
      paramLabel = "[KEY=]PATH",
      description =
          "create, set: an entry from a file, whose name is the key if none is given. More than one"
              + " is fine.")
  List<String> files = new ArrayList<>();

  @Option(
      names = "--from-env-file",
      paramLabel = "PATH",
      description = "create, set: an entry for each line NAME=VALUE.")
  @Nullable Path envFile;

  @Option(
      names = "--remove",
      paramLabel = "KEY",
      description = "set: remove that entry. More than one is fine.")
  List<String> removed = new ArrayList<>();

  @Option(names = "--replace", description = "set: remove every entry that isn't given.")
  boolean replace;

  @Option(
      names = "--if-version",
      paramLabel = "N",
      description = "set, rollback, delete: only if the secret is at this version.")
  @Nullable Long version;

  @Option(names = "--to", paramLabel = "N", description = "rollback: the version to go back to.")
  @Nullable Long to;

  SecretCommand(Session session) {
    super(session);
  }

  @Override
  int run() {
    if (!VERBS.contains(verb)) {
      throw CliFailure.usage(
          "\"" + verb + "\" is nothing that is done to secrets",
          "use one of " + String.join(", ", VERBS));
    }
    switch (verb) {
      case "list" -> list();
      case "keys" -> keys();
      case "rotate-kek" -> rotate();
      default -> {
        if (name.isEmpty()) {
          throw CliFailure.usage("which secret?", "gyre secret " + verb + " NAME");
        }
        one(session().ref(name, namespace));
      }
    }
    return Exit.OK;
  }

  private void one(DeploymentRef ref) {
    String path =
        "/v1/namespaces/" + Api.encode(ref.namespace()) + "/secrets/" + Api.encode(ref.name());
    switch (verb) {
      case "create" -> {
        ObjectNode body = Json.object().put("name", ref.name());
        body.set("entries", entries());
        said(ref, "created", api().post(parent(path), body));
      }
      case "set" -> set(ref, path);
      case "versions" -> versions(path);
      case "rollback" -> {
        if (to == null) {
          throw CliFailure.usage("back to which version?", "--to N; gyre secret versions " + ref);
        }
        said(
            ref,
            "rolled back",
            api()
                .send(
                    "POST", path + "/rollback", Json.object().put("version", to), match(version)));
      }
      default -> {
        api().send("DELETE", path, null, match(version));
        session().line("secret " + ref + " deleted");
      }
    }
  }

  private void set(DeploymentRef ref, String path) {
    ObjectNode body = Json.object();
    boolean reads = !key.isEmpty() || !files.isEmpty() || envFile != null || removed.isEmpty();
    body.set("entries", reads ? entries() : Json.object());
    if (!replace) {
      body.put("merge", true);
      ArrayNode gone = body.putArray("removed");
      removed.forEach(gone::add);
    }
    said(ref, "set", api().send("PUT", path, body, match(version)));
  }

  private ObjectNode entries() {
    SecretInput input = new SecretInput(session());
    if (envFile != null) {
      input.lines(envFile);
    }
    files.forEach(input::file);
    if (!key.isEmpty()) {
      input.standardInput(key);
    }
    Map<String, String> entries = input.base64();
    if (entries.isEmpty()) {
      throw CliFailure.usage(
          "which entries?",
          "gyre secret " + verb + " " + name + " KEY < file, or --from-file, or --from-env-file");
    }
    ObjectNode node = Json.object();
    entries.forEach(node::put);
    return node;
  }

  private void said(DeploymentRef ref, String what, JsonNode answer) {
    session().line("secret " + ref + " " + what + ", version " + Json.text(answer, "version"));
  }

  private void list() {
    DeploymentRef ref = name.isEmpty() ? null : session().ref(name, namespace);
    String wanted = ref != null ? ref.namespace() : session().namespace(namespace);
    Table table =
        new Table(
            all
                ? List.of("NAMESPACE", "NAME", "VERSION", "KEYS", "DIGEST", "UPDATED")
                : List.of("NAME", "VERSION", "KEYS", "DIGEST", "UPDATED"));
    String path = all ? "/v1/secrets" : "/v1/namespaces/" + Api.encode(wanted) + "/secrets";
    for (JsonNode item : api().list(path)) {
      if (ref != null && !Json.text(item, "name").equals(ref.name())) {
        continue;
      }
      List<String> cells = new ArrayList<>();
      if (all) {
        cells.add(Json.text(item, "namespace"));
      }
      cells.add(Json.text(item, "name"));
      cells.add(Json.text(item, "version"));
      cells.add(words(item.path("keys")));
      cells.add(digest(item));
      cells.add(ago(item, "updated_at"));
      table.row(cells);
    }
    if (!table.isEmpty()) {
      session().lines(table.lines(session().style()));
    } else if (ref != null) {
      throw new CliFailure(Exit.NOT_FOUND, "no secret " + ref, "gyre secret list -A");
    } else {
      session().note(all ? "no secrets" : "no secrets in namespace " + wanted);
    }
  }

  private void versions(String path) {
    Table table = new Table(List.of("VERSION", "KEYS", "DIGEST", "MADE", "BY"));
    for (JsonNode item : api().list(path + "/versions")) {
      table.row(
          List.of(
              Json.text(item, "version"),
              words(item.path("keys")),
              digest(item),
              ago(item, "created_at"),
              Json.text(item, "actor")));
    }
    session().lines(table.lines(session().style()));
  }

  private void keys() {
    JsonNode keys = api().get("/v1/keys");
    session().line("source: " + Json.text(keys, "source") + " (" + Json.text(keys, "state") + ")");
    String message = Json.text(keys, "message");
    if (!message.isEmpty()) {
      session().line(message);
    }
    Table table = new Table(List.of("KEY", "HERE", "CURRENT", "VALUES"));
    for (JsonNode item : keys.path("items")) {
      table.row(
          List.of(
              Json.text(item, "id"),
              Json.flag(item, "present") ? "yes" : "MISSING",
              Json.flag(item, "current") ? "yes" : "",
              Json.text(item, "values")));
    }
    if (!table.isEmpty()) {
      session().lines(table.lines(session().style()));
    }
  }

  private void rotate() {
    JsonNode done = api().post("/v1/keys/rotate", null);
    session()
        .line(
            (Json.flag(done, "continued")
                    ? "an earlier rotation was brought to its end: "
                    : "a new key was made: ")
                + Json.text(done, "moved")
                + " values were moved under key "
                + Json.text(done, "key"));
  }

  private static @Nullable String match(@Nullable Long version) {
    return version == null ? null : "\"" + version + "\"";
  }

  private static String parent(String path) {
    return path.substring(0, path.lastIndexOf('/'));
  }

  private static String digest(JsonNode item) {
    String digest = Json.text(item, "digest");
    return digest.substring(0, Math.min(12, digest.length()));
  }

  private static String words(JsonNode list) {
    List<String> words = new ArrayList<>();
    list.forEach(each -> words.add(each.asText()));
    return String.join(",", words);
  }

  private String ago(JsonNode item, String field) {
    String at = Json.text(item, field);
    return at.isEmpty() ? "" : Times.age(at, session().nowMs()) + " ago";
  }
}
