package io.gyre.api.auth;

import io.gyre.model.GyreException;
import io.gyre.model.Names;
import io.gyre.model.Violation;
import io.gyre.store.PolicyRecord.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Checks rules and scopes against what the routes need: what can never match is refused. */
public final class Rules {
  private static final int MOST = 100;

  private final SortedMap<String, SortedSet<String>> verbs = Routes.verbs();
  private final List<Violation> violations = new ArrayList<>();

  private Rules() {}

  /** A rule as somebody wrote it. */
  public record Unchecked(
      @Nullable String resource,
      @Nullable List<@Nullable String> verbs,
      @Nullable List<@Nullable String> namespaces) {}

  /**
   * @throws GyreException with every problem
   */
  public static List<Rule> checked(@Nullable List<@Nullable Unchecked> rules) {
    Rules check = new Rules();
    List<Rule> checked = new ArrayList<>();
    if (rules == null || rules.isEmpty() || rules.size() > MOST) {
      check.problem("rules", "give 1 to " + MOST + " rules");
    } else {
      for (int i = 0; i < rules.size(); i++) {
        check.rule("rules[" + i + "]", rules.get(i), checked);
      }
    }
    check.end("policy.invalid");
    return List.copyOf(checked);
  }

  /**
   * Scopes such as {@code deployments:read}, {@code logs:*} and {@code *:read}.
   *
   * @throws GyreException with every problem
   */
  public static List<String> scopes(List<@Nullable String> scopes) {
    Rules check = new Rules();
    Set<String> checked = new TreeSet<>();
    if (scopes.isEmpty() || scopes.size() > MOST) {
      check.problem("scopes", "give 1 to " + MOST + " scopes");
    }
    for (int i = 0; i < scopes.size(); i++) {
      String scope = String.valueOf(scopes.get(i));
      String[] parts = scope.split(":", -1);
      if (parts.length != 2) {
        check.problem("scopes[" + i + "]", "\"" + scope + "\" is not RESOURCE:VERB");
      } else if (check.resource("scopes[" + i + "]", parts[0])) {
        check.verb("scopes[" + i + "]", parts[0], parts[1]);
      }
      checked.add(scope);
    }
    check.end("token.scopes.invalid");
    return List.copyOf(checked);
  }

  /**
   * @throws GyreException with every problem
   */
  public static List<String> namespaces(List<@Nullable String> namespaces) {
    Rules check = new Rules();
    List<String> checked = check.namespaces("namespaces", namespaces);
    check.end("token.namespaces.invalid");
    return checked;
  }

  private void rule(String path, @Nullable Unchecked rule, List<Rule> checked) {
    if (rule == null || rule.resource() == null) {
      problem(path + ".resource", "name a resource: " + resources());
      return;
    }
    List<@Nullable String> given = rule.verbs();
    if (!resource(path + ".resource", rule.resource())) {
      return;
    }
    if (given == null || given.isEmpty()) {
      problem(path + ".verbs", "give at least one verb");
      return;
    }
    List<String> known = new ArrayList<>();
    for (int i = 0; i < given.size(); i++) {
      String verb = String.valueOf(given.get(i));
      verb(path + ".verbs[" + i + "]", rule.resource(), verb);
      known.add(verb);
    }
    List<@Nullable String> where = rule.namespaces();
    checked.add(
        new Rule(
            rule.resource(),
            known,
            where == null ? List.of(Rights.ANY) : namespaces(path + ".namespaces", where)));
  }

  private boolean resource(String path, String resource) {
    if (resource.equals(Rights.ANY) || verbs.containsKey(resource)) {
      return true;
    }
    problem(path, "there is no resource \"" + resource + "\"; there are " + resources());
    return false;
  }

  private String resources() {
    return String.join(", ", verbs.keySet()) + " and *";
  }

  private void verb(String path, String resource, String verb) {
    Set<String> known =
        resource.equals(Rights.ANY)
            ? verbs.values().stream().flatMap(Set::stream).collect(Collectors.toSet())
            : verbs.getOrDefault(resource, new TreeSet<>());
    if (!verb.equals(Rights.ANY) && !known.contains(verb)) {
      problem(
          path,
          "\""
              + verb
              + "\" can't be done to "
              + resource
              + "; there are "
              + String.join(", ", new TreeSet<>(known))
              + " and *");
    }
  }

  private List<String> namespaces(String path, List<@Nullable String> namespaces) {
    Set<String> checked = new TreeSet<>();
    if (namespaces.isEmpty() || namespaces.size() > MOST) {
      problem(path, "give 1 to " + MOST + " namespaces, or * for all");
    }
    for (int i = 0; i < namespaces.size(); i++) {
      String namespace = String.valueOf(namespaces.get(i));
      if (!namespace.equals(Rights.ANY) && !Names.valid(namespace)) {
        problem(path + "[" + i + "]", "\"" + namespace + "\" is neither a namespace nor *");
      }
      checked.add(namespace);
    }
    return checked.contains(Rights.ANY) ? List.of(Rights.ANY) : List.copyOf(checked);
  }

  private void problem(String path, String message) {
    violations.add(new Violation("rule.invalid", path, message, null, 0, 0));
  }

  private void end(String code) {
    if (!violations.isEmpty()) {
      throw GyreException.invalid(code, violations);
    }
  }
}
