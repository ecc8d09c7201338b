package io.gyre.api.audit;

import io.gyre.store.AuditEntry;
import io.gyre.store.AuditKind;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a request, for the audit log. Made by the thread that the request came on and
 * used by no other before that one is done with it.
 */
final class Trail {
  /** Of the request: its trail. */
  static final String PROPERTY = "gyre.trail";

  private static final ThreadLocal<@Nullable Trail> CURRENT = new ThreadLocal<>();

  private final String address;
  private final String method;
  private final String path;
  private final String correlation;
  private String route = "";
  private @Nullable String namespace;
  private final Supplier<String> actor;
  private final boolean reads;
  private boolean noteworthy;
  private boolean written;

  /**
   * @param actor asked whenever an entry is made: who it is is found out later
   */
  Trail(String address, String method, String path, String correlation, Supplier<String> actor) {
    this.actor = actor;
    this.address = address;
    this.method = method;
    this.path = path;
    this.correlation = correlation;
    this.reads = method.equals("GET") || method.equals("HEAD");
  }

  /** Of the request that this thread works on; null: none. */
  static @Nullable Trail current() {
    return CURRENT.get();
  }

  void enter() {
    CURRENT.set(this);
  }

  void leave() {
    if (CURRENT.get() == this) {
      CURRENT.remove();
    }
  }

  /**
   * @param mustBeNoted whether even a successful look is worth an entry
   */
  void matched(String pattern, @Nullable String ofNamespace, boolean mustBeNoted) {
    route = pattern;
    namespace = ofNamespace;
    noteworthy = mustBeNoted;
  }

  boolean reads() {
    return reads;
  }

  /** Nobody is known yet, as at a login. */
  boolean stranger() {
    return actor.get().isEmpty();
  }

  boolean noteworthy() {
    return noteworthy;
  }

  /** Its entry is on the disk. */
  void committed() {
    written = true;
  }

  boolean written() {
    return written;
  }

  @Nullable String namespace() {
    return namespace;
  }

  AuditEntry entry(
      Instant at,
      AuditKind kind,
      @Nullable String ofNamespace,
      int status,
      String code,
      String detail) {
    return new AuditEntry(
        at,
        kind,
        actor.get(),
        address,
        method,
        route,
        path,
        ofNamespace,
        status,
        code,
        1,
        detail,
        correlation);
  }
}
