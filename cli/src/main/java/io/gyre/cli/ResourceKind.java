package io.gyre.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code gyre get} lists, with the names that people type for it. */
enum ResourceKind {
  DEPLOYMENTS("deployments", "deployment", "deploy"),
  INSTANCES("instances", "instance", "inst"),
  REVISIONS("revisions", "revision", "rev"),
  RUNTIMES("runtimes", "runtime", "rt"),
  PLUGINS("plugins", "plugin", "pl"),
  NAMESPACES("namespaces", "namespace", "ns"),
  CONFIGS("configs", "config", "cfg"),
  VOLUMES("volumes", "volume", "vol"),
  EVENTS("events", "event", "ev");

  private final String plural;
  private final String singular;
  private final String abbreviation;

  ResourceKind(String plural, String singular, String abbreviation) {
    this.plural = plural;
    this.singular = singular;
    this.abbreviation = abbreviation;
  }

  String plural() {
    return plural;
  }

  String singular() {
    return singular;
  }

  List<String> words() {
    return List.of(plural, singular, abbreviation);
  }

  boolean namespaced() {
    return this != RUNTIMES && this != PLUGINS && this != NAMESPACES;
  }

  /** Null where the word names none. */
  static @Nullable ResourceKind find(String word) {
    for (ResourceKind kind : values()) {
      if (kind.plural.equals(word)
          || kind.singular.equals(word)
          || kind.abbreviation.equals(word)) {
        return kind;
      }
    }
    return null;
  }

  static ResourceKind parse(String word) {
    ResourceKind kind = find(word);
    if (kind != null) {
      return kind;
    }
    String nearest = "";
    int distance = 4;
    for (ResourceKind candidate : values()) {
      for (String name : candidate.words()) {
        int edits = edits(word, name);
        if (edits < distance && edits < name.length()) {
          distance = edits;
          nearest = candidate.plural;
        }
      }
    }
    throw CliFailure.usage(
        "no kind \"" + word + "\"",
        nearest.isEmpty()
            ? "use one of: deployments, instances, revisions, runtimes, plugins, namespaces,"
                + " configs, volumes, events"
            : "did you mean " + nearest + "?");
  }

  /** Levenshtein distance. */
  private static int edits(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(change, Math.min(previous[j], row[j - 1]) + 1);
      }
      previous = row;
    }
    return previous[b.length()];
  }
}
