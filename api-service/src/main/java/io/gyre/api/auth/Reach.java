package io.gyre.api.auth;

import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where somebody may do something: everywhere, which includes what is in no namespace, or in some
 * namespaces.
 */
public record Reach(boolean everywhere, Set<String> namespaces) {
  public static final Reach EVERYWHERE = new Reach(true, Set.of());
  static final Reach NOWHERE = new Reach(false, Set.of());

  public Reach {
    namespaces = everywhere ? Set.of() : Set.copyOf(namespaces);
  }

  /** Of the permission that the request's route needs: what a list may show. */
  public static Reach of(ContainerRequestContext request) {
    return Access.of(request).reach();
  }

  /**
   * @param namespace null: what is of the host and in no namespace
   */
  public boolean includes(@Nullable String namespace) {
    return everywhere || (namespace != null && namespaces.contains(namespace));
  }

  boolean includes(Reach other) {
    return everywhere || (!other.everywhere && namespaces.containsAll(other.namespaces));
  }

  boolean nowhere() {
    return !everywhere && namespaces.isEmpty();
  }

  Reach and(Reach other) {
    if (everywhere) {
      return other;
    }
    if (other.everywhere) {
      return this;
    }
    Set<String> both = new HashSet<>(namespaces);
    both.retainAll(other.namespaces);
    return new Reach(false, both);
  }
}
