package io.gyre.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Fetches what {@code gyre get} was asked for, as often as it is wanted. */
final class Listing {
  private final Session session;
  private final ResourceKind kind;
  private final String namespace;
  private final boolean all;
  private final List<String> names;
  private final int limit;
  private boolean single;

  /**
   * @param namespace the value of {@code --namespace}, empty where it wasn't given
   * @param limit newest events wanted, 0 for all
   */
  Listing(
      Session session,
      ResourceKind kind,
      String namespace,
      boolean all,
      List<String> names,
      int limit) {
    this.session = session;
    this.kind = kind;
    this.namespace = namespace;
    this.all = all;
    this.names = names;
    this.limit = limit;
  }

  ResourceKind kind() {
    return kind;
  }

  /** Whether the last fetch was for exactly one thing, by its own name. */
  boolean single() {
    return single;
  }

  /** What to say where there is nothing. */
  String nothing() {
    if (!kind.namespaced() || all) {
      return "no " + kind.plural();
    }
    return names.isEmpty()
        ? "no " + kind.plural() + " in namespace " + wanted() + " (-A shows all namespaces)"
        : "no " + kind.plural() + " of " + String.join(", ", names);
  }

  List<JsonNode> fetch() {
    single = false;
    return switch (kind) {
      case DEPLOYMENTS -> deployments();
      case INSTANCES -> instances();
      case REVISIONS ->
          session.api().list(session.ref(names.getFirst(), namespace).path() + "/revisions");
      case RUNTIMES -> named(session.api().list("/v1/runtimes"));
      case PLUGINS -> plugins();
      case NAMESPACES -> named(session.api().list("/v1/namespaces"));
      case CONFIGS -> named(session.api().list(inNamespace("/v1/configs")));
      case VOLUMES -> named(session.api().list(inNamespace("/v1/volumes")));
      case EVENTS -> events();
    };
  }

  private String wanted() {
    return session.namespace(namespace);
  }

  private String inNamespace(String path) {
    return all ? path : path + "?namespace=" + Api.encode(wanted());
  }

  private List<JsonNode> deployments() {
    if (names.isEmpty()) {
      return session.api().list(inNamespace("/v1/deployments"));
    }
    List<JsonNode> found = new ArrayList<>();
    for (String name : names) {
      found.add(session.api().get(session.ref(name, namespace).path()));
    }
    single = names.size() == 1;
    return found;
  }

  private List<JsonNode> instances() {
    if (names.isEmpty()) {
      return session.api().list(inNamespace("/v1/instances"));
    }
    List<JsonNode> found = new ArrayList<>();
    Lookup lookup = new Lookup(session, namespace);
    for (String name : names) {
      Lookup.Found subject = lookup.any(name);
      if (subject.instance() != null) {
        found.add(subject.instance());
        single = names.size() == 1;
      } else {
        found.addAll(session.api().list(session.ref(name, namespace).instancesPath()));
      }
    }
    return found;
  }

  /** A name may have several jars. */
  private List<JsonNode> plugins() {
    List<JsonNode> all = session.api().list("/v1/plugins");
    if (names.isEmpty()) {
      return all;
    }
    List<JsonNode> found = new ArrayList<>();
    for (String name : names) {
      List<JsonNode> own =
          all.stream()
              .filter(
                  plugin ->
                      Json.text(plugin, "name").equals(name)
                          || Json.text(plugin, "runtime").equals(name))
              .toList();
      if (own.isEmpty()) {
        throw new CliFailure(Exit.NOT_FOUND, "no plugin " + name, "gyre get plugins");
      }
      found.addAll(own);
    }
    return found;
  }

  private List<JsonNode> named(List<JsonNode> items) {
    if (names.isEmpty()) {
      return items;
    }
    List<JsonNode> found = new ArrayList<>();
    for (String name : names) {
      Optional<JsonNode> item =
          items.stream().filter(candidate -> Json.text(candidate, "name").equals(name)).findAny();
      found.add(
          item.orElseThrow(
              () ->
                  new CliFailure(
                      Exit.NOT_FOUND,
                      "no " + kind.singular() + " " + name,
                      "gyre get " + kind.plural())));
    }
    single = names.size() == 1;
    return found;
  }

  /** The query that selects the events, without its leading separator. */
  String eventFilter() {
    if (names.isEmpty()) {
      return all ? "" : "namespace=" + Api.encode(wanted());
    }
    if (names.size() > 1) {
      throw CliFailure.usage("events of one name at a time", null);
    }
    Lookup.Found subject = new Lookup(session, namespace).any(names.getFirst());
    if (subject.instance() != null) {
      return "instance=" + Api.encode(Json.text(subject.instance(), "id"));
    }
    DeploymentRef ref = session.ref(names.getFirst(), namespace);
    return "namespace=" + Api.encode(ref.namespace()) + "&deployment=" + Api.encode(ref.name());
  }

  private List<JsonNode> events() {
    return newestEvents(session.api(), eventFilter(), limit);
  }

  /**
   * In the order in which they happened.
   *
   * @param limit 0 for all
   */
  static List<JsonNode> newestEvents(Api api, String filter, int limit) {
    String and = filter.isEmpty() ? "" : "&" + filter;
    List<JsonNode> found = new ArrayList<>();
    if (limit > 0 && limit <= Api.PAGE) {
      // Without a number to start after, the newest come.
      api.get("/v1/events?limit=" + limit + and).path("items").forEach(found::add);
      return found;
    }
    long after = 0;
    while (true) {
      JsonNode page = api.get("/v1/events?after=" + after + "&limit=" + Api.PAGE + and);
      long before = after;
      for (JsonNode event : page.path("items")) {
        found.add(event);
        after = Math.max(after, Json.number(event, "seq"));
      }
      if (after == before || after >= Json.number(page, "last_seq")) {
        return limit > 0 && found.size() > limit
            ? found.subList(found.size() - limit, found.size())
            : found;
      }
    }
  }
}
