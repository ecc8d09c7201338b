package io.gyre.api.auth;

import io.gyre.model.Names;
import io.gyre.store.IdentityState;
import io.gyre.store.PolicyRecord;
import io.gyre.store.PolicyRecord.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The roles that there always are, and what grants mean. Every kind of thing that a route is about
 * is in one of the three sets.
 */
public final class Roles {
  public static final String ADMIN = "admin";

  /** A viewer reads these. */
  static final Set<String> VIEWED =
      Set.of(
          "configs",
          "deployments",
          "events",
          "instances",
          "logs",
          "metrics",
          "namespaces",
          "runtimes",
          "status",
          "volumes");

  /** An operator reads these besides. */
  static final Set<String> OPERATED = Set.of("audit", "secrets");

  /** Only an admin, or who has a policy that says so. */
  static final Set<String> ADMINISTERED =
      Set.of("audit-all", "backups", "keys", "users", "webhooks", Roles.HOST);

  /** An operator changes these, and runs commands in instances. */
  private static final Set<String> WRITTEN = Set.of("configs", "deployments", "secrets", "volumes");

  /** What is beyond containers: {@link HostUse}. A role in a namespace never includes it. */
  static final String HOST = "host";

  /** What everybody may do with what is his own: password, sessions, tokens. */
  static final String SELF = "self";

  private static final List<String> ALL = List.of(Rights.ANY);
  private static final Rule OWN = new Rule(SELF, ALL, ALL);

  /** The rules of each role, everywhere. */
  static final Map<String, List<Rule>> BUILT_IN =
      Map.of("viewer", viewer(), "operator", operator(), ADMIN, List.of(Rights.EVERYTHING));

  private Roles() {}

  private static List<Rule> viewer() {
    return VIEWED.stream().sorted().map(each -> new Rule(each, List.of("read"), ALL)).toList();
  }

  private static List<Rule> operator() {
    Map<String, Rule> rules = new TreeMap<>();
    viewer().forEach(rule -> rules.put(rule.resource(), rule));
    OPERATED.forEach(each -> rules.put(each, new Rule(each, List.of("read"), ALL)));
    WRITTEN.forEach(each -> rules.put(each, new Rule(each, List.of("read", "write"), ALL)));
    rules.put("instances", new Rule("instances", List.of("read", "exec"), ALL));
    return List.copyOf(rules.values());
  }

  /**
   * A role or policy, everywhere or in one namespace, as in {@code viewer} and {@code viewer@shop}.
   */
  record Grant(String role, @Nullable String namespace) {
    /** Empty where the text is no grant. */
    static Optional<Grant> parse(String text) {
      int at = text.indexOf('@');
      String role = at < 0 ? text : text.substring(0, at);
      String namespace = at < 0 ? null : text.substring(at + 1);
      return Names.valid(role) && (namespace == null || Names.valid(namespace))
          ? Optional.of(new Grant(role, namespace))
          : Optional.empty();
    }
  }

  /** The rules of the role or policy of that name; empty where there is none. */
  static Optional<List<Rule>> rules(IdentityState state, String name) {
    List<Rule> builtIn = BUILT_IN.get(name);
    return builtIn != null ? Optional.of(builtIn) : state.policy(name).map(PolicyRecord::rules);
  }

  /** What grants allow; those of policies that are gone allow nothing. */
  static List<Rule> granted(IdentityState state, List<String> grants) {
    List<Rule> rules = new ArrayList<>();
    for (String text : grants) {
      Grant grant = Grant.parse(text).orElse(null);
      if (grant != null) {
        for (Rule rule : rules(state, grant.role()).orElse(List.of())) {
          String namespace = grant.namespace();
          if (namespace == null) {
            rules.add(rule);
          } else if (rule.namespaces().contains(Rights.ANY)
              || rule.namespaces().contains(namespace)) {
            rules.add(new Rule(rule.resource(), rule.verbs(), List.of(namespace)));
          }
        }
      }
    }
    return rules;
  }

  /** Of a user with these grants: also what everybody may do with his own. */
  static Rights ofUser(IdentityState state, List<String> grants) {
    List<Rule> rules = new ArrayList<>(granted(state, grants));
    rules.add(OWN);
    return Rights.of(rules);
  }
}
