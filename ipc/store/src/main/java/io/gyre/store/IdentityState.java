package io.gyre.store;

import java.util.List;
import java.util.Optional;

/** Who there is, as one state of the database. Bound to the snapshot or transaction it is of. */
public interface IdentityState {
  Optional<UserRecord> user(String name);

  /** By name. */
  List<UserRecord> users();

  Optional<PolicyRecord> policy(String name);

  /** By name. */
  List<PolicyRecord> policies();

  /** Also by the hash before the last rotation, however long ago that was. */
  Optional<TokenRecord> token(String sha256hex);

  Optional<TokenRecord> tokenById(String id);

  Optional<TokenRecord> tokenByName(String name);

  /** By name. */
  List<TokenRecord> tokens();

  Optional<SessionRecord> session(String sha256hex);

  /** The one used last comes first. */
  List<SessionRecord> sessions(String user);

  Optional<LoginFailures> loginFailures(String kind, String subject);
}
