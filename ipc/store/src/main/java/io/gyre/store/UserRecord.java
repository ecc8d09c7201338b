package io.gyre.store;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who may use the API.
 *
 * @param password the text of its hash; null: there is none
 * @param grants roles and policies, everywhere or in a namespace, as in {@code viewer@shop}
 */
public record UserRecord(
    String name,
    @Nullable String password,
    List<String> grants,
    Instant createdAt,
    @Nullable Instant lastLoginAt) {
  public UserRecord {
    grants = List.copyOf(grants);
  }

  public UserRecord withPassword(@Nullable String hash) {
    return new UserRecord(name, hash, grants, createdAt, lastLoginAt);
  }

  public UserRecord withGrants(List<String> others) {
    return new UserRecord(name, password, others, createdAt, lastLoginAt);
  }

  public UserRecord withLogin(Instant at) {
    return new UserRecord(name, password, grants, createdAt, at);
  }

  /** Says nothing of the password. */
  @Override
  public String toString() {
    return "UserRecord[" + name + " " + grants + "]";
  }
}
