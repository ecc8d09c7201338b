package io.gyre.api.auth;

import io.gyre.store.PolicyRecord.Rule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What somebody may do. Rules only ever allow; what none allows is refused. Of several bounds, such
 * as the owner's rights and the scopes of a token, each must allow it.
 */
public final class Rights {
  static final String ANY = "*";

  /** Whatever there is. */
  static final Rule EVERYTHING = new Rule(ANY, List.of(ANY), List.of(ANY));

  static final Rights NONE = of(List.of());

  private final List<List<Rule>> bounds;

  private Rights(List<List<Rule>> bounds) {
    this.bounds = bounds;
  }

  public static Rights of(List<Rule> rules) {
    return new Rights(List.of(List.copyOf(rules)));
  }

  /** No more than these rules allow. */
  Rights within(List<Rule> rules) {
    List<List<Rule>> more = new ArrayList<>(bounds);
    more.add(List.copyOf(rules));
    return new Rights(List.copyOf(more));
  }

  /** Where this is allowed. */
  public Reach reach(Permission permission) {
    return reach(permission.resource(), permission.verb());
  }

  private Reach reach(String resource, String verb) {
    Reach reach = Reach.EVERYWHERE;
    for (List<Rule> rules : bounds) {
      reach = reach.and(reach(rules, resource, verb));
    }
    return reach;
  }

  private static Reach reach(List<Rule> rules, String resource, String verb) {
    Set<String> namespaces = new HashSet<>();
    for (Rule rule : rules) {
      if ((rule.resource().equals(resource) || isOfAny(rule, resource))
          && (rule.verbs().contains(ANY) || rule.verbs().contains(verb))) {
        if (rule.namespaces().contains(ANY)) {
          return Reach.EVERYWHERE;
        }
        namespaces.addAll(rule.namespaces());
      }
    }
    return new Reach(false, namespaces);
  }

  /** Whatever there is in a namespace isn't the host, even for what runs in that namespace. */
  private static boolean isOfAny(Rule rule, String resource) {
    return rule.resource().equals(ANY)
        && (!resource.equals(Roles.HOST) || rule.namespaces().contains(ANY));
  }

  /**
   * The rules that allow something which these rights don't. A rule about whatever there is needs
   * rights about whatever there is.
   */
  List<Rule> lacking(List<Rule> others) {
    return others.stream().filter(rule -> !covers(rule)).toList();
  }

  private boolean covers(Rule rule) {
    Reach wanted =
        rule.namespaces().contains(ANY)
            ? Reach.EVERYWHERE
            : new Reach(false, Set.copyOf(rule.namespaces()));
    return rule.verbs().stream().allMatch(verb -> reach(rule.resource(), verb).includes(wanted));
  }

  /** What is allowed, a list for each bound. */
  List<List<Rule>> bounds() {
    return bounds;
  }
}
