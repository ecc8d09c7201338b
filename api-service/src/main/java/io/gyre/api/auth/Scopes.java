package io.gyre.api.auth;

import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.store.IdentityState;
import io.gyre.store.PolicyRecord.Rule;
import io.gyre.store.TokenRecord;
import io.gyre.store.UserRecord;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a token is good for at most, and where; its owner's rights bound it besides. A scope with
 * {@code *} stands for as much as the owner may, and a token without scopes for all of it.
 */
public record Scopes(List<String> scopes, List<String> namespaces) {
  private static final List<String> ALL = List.of("*:*");

  /**
   * @param scopes null: all
   * @param namespaces null: everywhere
   */
  public static Scopes checked(
      @Nullable List<@Nullable String> scopes, @Nullable List<@Nullable String> namespaces) {
    return new Scopes(
        scopes == null ? ALL : Rules.scopes(scopes),
        namespaces == null ? List.of(Rights.ANY) : Rules.namespaces(namespaces));
  }

  /**
   * Of a new token: a token makes none that is good for more than it is itself, and nobody one that
   * names what its owner may not.
   *
   * @throws GyreException {@code auth.escalation}
   */
  public void requireCovered(IdentityState state, @Nullable String owner, Access access) {
    TokenRecord calling = access.caller().token();
    if (calling != null) {
      List<Rule> lacking =
          Rights.of(Authority.scopes(calling.scopes(), calling.namespaces()))
              .lacking(Authority.scopes(scopes, namespaces));
      if (!lacking.isEmpty()) {
        throw refused(access.identity().actor() + " is not good for " + Grants.text(lacking));
      }
    }
    if (owner == null) {
      return;
    }
    Rights rights =
        Roles.ofUser(state, state.user(owner).map(UserRecord::grants).orElse(List.of()));
    for (String scope : scopes) {
      Permission permission = Permission.of(scope);
      if (!scope.contains(Rights.ANY)) {
        Reach reach = rights.reach(permission);
        boolean covered =
            namespaces.contains(Rights.ANY)
                ? !reach.nowhere()
                : namespaces.stream().allMatch(reach::includes);
        if (!covered) {
          throw refused(
              owner
                  + " may not "
                  + scope
                  + (namespaces.contains(Rights.ANY)
                      ? " anywhere"
                      : " in " + String.join(", ", namespaces)));
        }
      }
    }
  }

  /**
   * Whoever gets a token's secret has its rights: he must have them himself.
   *
   * @throws GyreException {@code auth.escalation}
   */
  public static void requireCovered(IdentityState state, TokenRecord token, Access access) {
    Caller caller = access.caller();
    TokenRecord calling = caller.token();
    boolean own =
        calling == null
            ? Objects.equals(caller.user(), token.owner())
            : calling.id().equals(token.id());
    String owner = token.owner();
    List<String> grants =
        owner == null
            ? List.of(token.role())
            : state.user(owner).map(UserRecord::grants).orElse(List.of());
    Rights rights = caller.rights();
    if (!own
        && !rights.lacking(Authority.scopes(token.scopes(), token.namespaces())).isEmpty()
        && !rights.lacking(Roles.granted(state, grants)).isEmpty()) {
      throw refused(access.identity().actor() + " has not all rights of " + token.name());
    }
  }

  private static GyreException refused(String message) {
    return new GyreException(
        ErrorKind.FORBIDDEN, "auth.escalation", message, "ask for less, or somebody who has them");
  }
}
