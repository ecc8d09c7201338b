package io.gyre.api.identity;

import io.gyre.api.auth.Access;
import io.gyre.api.auth.Authority;
import io.gyre.api.auth.Grants;
import io.gyre.api.auth.Rules;
import io.gyre.api.http.Call;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Names;
import io.gyre.store.IdentityTx;
import io.gyre.store.PolicyRecord;
import io.gyre.store.PolicyRecord.Rule;
import io.gyre.store.Store;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changes policies: rules that are granted under a name, like a role. */
public final class Policies {
  private final Store store;
  private final Authority authority;
  private final Clock clock;

  public Policies(Store store, Authority authority, Clock clock) {
    this.store = store;
    this.authority = authority;
    this.clock = clock;
  }

  /** Makes it, or replaces its rules for all who have it. */
  PolicyRecord put(
      String name,
      @Nullable List<PolicyResource.@Nullable RuleBody> rules,
      Access access,
      Call call) {
    if (!Names.valid(name) || Grants.isBuiltIn(name)) {
      throw Call.badField(
          "policy.name.invalid",
          "name",
          Grants.isBuiltIn(name)
              ? name + " is a role that there always is: choose another name"
              : "must be a name: " + Names.RULE);
    }
    List<Rule> checked =
        Rules.checked(rules == null ? null : rules.stream().map(Policies::unchecked).toList());
    Grants.requireCoveredRules(checked, access);
    PolicyRecord policy = new PolicyRecord(name, checked, now());
    store
        .desired()
        .run(
            tx -> {
              IdentityTx identities = tx.identities();
              String verb = identities.policy(name).isPresent() ? "update" : "create";
              identities.putPolicy(policy);
              ChangeLog.record(
                  tx, now(), call, verb, "policy " + name + ": " + Grants.text(checked));
            });
    authority.changed();
    return policy;
  }

  private static Rules.@Nullable Unchecked unchecked(PolicyResource.@Nullable RuleBody body) {
    return body == null
        ? null
        : new Rules.Unchecked(body.resource(), body.verbs(), body.namespaces());
  }

  /** Refused while somebody has it. */
  void delete(String name, Call call) {
    store
        .desired()
        .run(
            tx -> {
              IdentityTx identities = tx.identities();
              List<String> holders =
                  identities.users().stream()
                      .filter(user -> Grants.has(user, name))
                      .map(user -> user.name())
                      .toList();
              if (!holders.isEmpty()) {
                throw new GyreException(
                    ErrorKind.CONFLICT,
                    "policy.in_use",
                    "the policy " + name + " is granted to " + String.join(", ", holders),
                    "give them other roles first: gyre user roles NAME ROLE...");
              }
              if (!identities.deletePolicy(name)) {
                throw GyreException.notFound("policy", name, "see: gyre policy list");
              }
              ChangeLog.record(tx, now(), call, "delete", "policy " + name);
            });
    authority.changed();
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}
