package io.gyre.api.identity;

import io.gyre.api.http.Call;
import io.gyre.api.http.Slack;
import io.gyre.vault.Argon2id;
import org.jspecify.annotations.Nullable;

/**
 * Hashes passwords; one at a time in the process, since each takes memory, which is given back
 * afterwards. Any thread.
 */
public final class Passwords {
  private static final int SHORTEST = 12;
  private static final int LONGEST = 256;
  private final Slack slack;

  public Passwords(Slack slack) {
    this.slack = slack;
  }

  /**
   * Takes a while.
   *
   * @return the text of its hash
   */
  String hash(String user, @Nullable String password) {
    int length = password == null ? 0 : password.length();
    if (password == null || length < SHORTEST || length > LONGEST) {
      throw Call.badField(
          "password.length",
          "password",
          "a password has " + SHORTEST + " to " + LONGEST + " characters");
    }
    if (password.contains(user)) {
      throw Call.badField("password.name", "password", "a password must not hold the user's name");
    }
    return hash(password);
  }

  /** Of a password that is good already. */
  String hash(String password) {
    try {
      return Argon2id.hash(password.toCharArray());
    } finally {
      slack.left();
    }
  }

  /** Equally long, whether there is a hash or not. */
  boolean verify(String password, @Nullable String hash) {
    try {
      // Whoever comes first pays for making it.
      String nobodys = Nobody.HASH;
      boolean right = Argon2id.verify(password.toCharArray(), hash == null ? nobodys : hash);
      return right && hash != null;
    } finally {
      slack.left();
    }
  }

  /** Of no password that anybody knows; made when it is needed first. */
  private static final class Nobody {
    static final String HASH = Argon2id.hash(io.gyre.api.auth.Secret.newSession().toCharArray());
  }
}
