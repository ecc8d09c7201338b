package io.gyre.store;

import java.time.Instant;
import java.util.List;

/** Rules under a name. */
public record PolicyRecord(String name, List<Rule> rules, Instant updatedAt) {
  /** Each may be {@code *}: whatever there is. */
  public record Rule(String resource, List<String> verbs, List<String> namespaces) {
    public Rule {
      verbs = List.copyOf(verbs);
      namespaces = List.copyOf(namespaces);
    }
  }

  public PolicyRecord {
    rules = List.copyOf(rules);
  }
}
