package io.gyre.api.identity;

import io.gyre.api.http.Call;
import io.gyre.vault.Argon2id;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Hashes passwords; one at a time in the process, since each takes memory. What they took is given
 * back once none was hashed for a while: it is more than the young generation has room for, and
 * would stay until the heap is full. Any thread.
 */
public final class Passwords {
  private static final int SHORTEST = 12;
  private static final int LONGEST = 256;
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final ScheduledExecutorService later;
  private final AtomicBoolean due = new AtomicBoolean();
  private volatile long last;

  public Passwords(ScheduledExecutorService later) {
    this.later = later;
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
      hashed();
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
      hashed();
    }
  }

  private void hashed() {
    last = System.nanoTime();
    if (due.compareAndSet(false, true)) {
      look(QUIET_NANOS);
    }
  }

  private void look(long nanos) {
    try {
      var _ = later.schedule(this::giveBack, nanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      // All ends.
    }
  }

  private void giveBack() {
    long left = QUIET_NANOS - (System.nanoTime() - last);
    if (left > 0) {
      look(left);
    } else {
      due.set(false);
      System.gc();
    }
  }

  /** Of no password that anybody knows; made when it is needed first. */
  private static final class Nobody {
    static final String HASH = Argon2id.hash(io.gyre.api.auth.Secret.newSession().toCharArray());
  }
}
