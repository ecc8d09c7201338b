package io.gyre.api.auth;

import io.gyre.api.http.Identity;
import io.gyre.store.SessionRecord;
import io.gyre.store.TokenRecord;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who has proved who he is, and what he may do.
 *
 * @param name of the user or the token, or a uid
 * @param user whose rights count; null: nobody's
 * @param token by which he proved it, if by one
 * @param session likewise
 * @param ends when the proof ends; null: it doesn't
 * @param key by which {@link Authority} knows him; empty: he can't lose what he may
 */
public record Caller(
    Identity.Kind kind,
    String name,
    @Nullable String user,
    @Nullable TokenRecord token,
    @Nullable SessionRecord session,
    @Nullable Instant ends,
    Rights rights,
    String key) {
  private static final Rights EVERYTHING = Rights.of(List.of(Rights.EVERYTHING));

  /** A process of this host that may do everything. */
  static Caller local(String uid) {
    return new Caller(Identity.Kind.LOCAL, uid, null, null, null, null, EVERYTHING, "");
  }

  Identity identity(String address, String requestId) {
    return new Identity(kind, name, user, address, requestId);
  }

  String actor() {
    return identity("", "").actor();
  }
}
