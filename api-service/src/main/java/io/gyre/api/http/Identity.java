package io.gyre.api.http;

import org.jspecify.annotations.Nullable;

/**
 * Who makes a request, as changes and the audit log remember it.
 *
 * @param name of the user, of the token, or the uid of a local process
 * @param user whose rights count; null: nobody's, as for a token without an owner
 * @param address where the request comes from; empty: from this process
 * @param requestId the correlation id of the request
 */
public record Identity(
    Kind kind, String name, @Nullable String user, String address, String requestId) {
  /** By what it is known. */
  public enum Kind {
    /** A login, or a certificate of the user's. */
    USER,
    /** A service token. */
    TOKEN,
    /** A process of this host on the Unix-domain socket. */
    LOCAL,
    /** A process of Gyre. */
    COMPONENT
  }

  /** What the reconciler decided and the API does. */
  public static Identity reconciler(String requestId) {
    return new Identity(Kind.COMPONENT, "reconciler", null, "", requestId);
  }

  /** As in {@code user:ann}, {@code token:ci}, {@code local:0}, or the name of a component. */
  public String actor() {
    return switch (kind) {
      case USER -> "user:" + name;
      case TOKEN -> "token:" + name;
      case LOCAL -> "local:" + name;
      case COMPONENT -> name;
    };
  }
}
