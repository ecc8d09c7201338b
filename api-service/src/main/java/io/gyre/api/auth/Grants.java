package io.gyre.api.auth;

import io.gyre.api.auth.Roles.Grant;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import io.gyre.store.IdentityState;
import io.gyre.store.PolicyRecord;
import io.gyre.store.PolicyRecord.Rule;
import io.gyre.store.UserRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Checks what somebody is to be granted. */
public final class Grants {
  private static final int MOST = 100;

  private Grants() {}

  /**
   * In order and without repetitions.
   *
   * @throws GyreException with every text that grants nothing
   */
  public static List<String> checked(IdentityState state, @Nullable List<@Nullable String> texts) {
    if (texts == null || texts.size() > MOST) {
      throw invalid(
          List.of(violation("roles", "give up to " + MOST + " roles, such as viewer@default")));
    }
    List<Violation> violations = new ArrayList<>();
    TreeSet<String> grants = new TreeSet<>();
    for (int i = 0; i < texts.size(); i++) {
      String text = String.valueOf(texts.get(i));
      Optional<Grant> grant = Grant.parse(text);
      if (grant.isEmpty()) {
        violations.add(
            violation("roles[" + i + "]", "\"" + text + "\" is neither ROLE nor ROLE@NAMESPACE"));
      } else if (Roles.rules(state, grant.get().role()).isEmpty()) {
        violations.add(
            violation(
                "roles[" + i + "]",
                "there is no role " + grant.get().role() + "; there are " + names(state)));
      } else {
        grants.add(text);
      }
    }
    if (!violations.isEmpty()) {
      throw invalid(violations);
    }
    return List.copyOf(grants);
  }

  private static String names(IdentityState state) {
    TreeSet<String> names = new TreeSet<>(Roles.BUILT_IN.keySet());
    state.policies().stream().map(PolicyRecord::name).forEach(names::add);
    return String.join(", ", names);
  }

  /**
   * Nobody gives what he doesn't have.
   *
   * @throws GyreException {@code auth.escalation}
   */
  public static void requireCovered(IdentityState state, List<String> grants, Access access) {
    requireCoveredRules(Roles.granted(state, grants), access);
  }

  /** Likewise, of rules. */
  public static void requireCoveredRules(List<Rule> rules, Access access) {
    List<Rule> lacking = access.caller().rights().lacking(rules);
    if (!lacking.isEmpty()) {
      throw new GyreException(
          ErrorKind.FORBIDDEN,
          "auth.escalation",
          access.identity().actor()
              + " may not give rights that go beyond "
              + "what it has: "
              + lacking.stream().limit(5).map(Grants::text).collect(Collectors.joining("; ")),
          "ask somebody who has them");
    }
  }

  /** Whether there always is a role of that name. */
  public static boolean isBuiltIn(String role) {
    return Roles.BUILT_IN.containsKey(role);
  }

  /** Whether the user has that role or policy, be it in one namespace. */
  public static boolean has(UserRecord user, String role) {
    return user.grants().stream()
        .flatMap(text -> Grant.parse(text).stream())
        .anyMatch(grant -> grant.role().equals(role));
  }

  /** What the caller may; of a token, what its owner may. */
  public static List<String> texts(Access access) {
    return access.caller().rights().bounds().getFirst().stream().map(Grants::text).toList();
  }

  public static String text(List<Rule> rules) {
    return rules.stream().map(Grants::text).collect(Collectors.joining("; "));
  }

  /** As in {@code deployments:read,write everywhere}. */
  static String text(Rule rule) {
    return rule.resource()
        + ":"
        + String.join(",", rule.verbs())
        + (rule.namespaces().contains(Rights.ANY)
            ? " everywhere"
            : " in " + String.join(", ", rule.namespaces()));
  }

  /** Whether he may do everything everywhere, by the role that says so. */
  public static boolean isAdmin(UserRecord user) {
    return user.grants().contains(Roles.ADMIN);
  }

  private static Violation violation(String path, String message) {
    return new Violation("role.invalid", path, message, null, 0, 0);
  }

  private static GyreException invalid(List<Violation> violations) {
    return GyreException.invalid("role.invalid", violations);
  }
}
