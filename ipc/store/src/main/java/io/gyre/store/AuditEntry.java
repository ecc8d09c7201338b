package io.gyre.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What somebody did with the API, or was not let do. No field holds a secret.
 *
 * @param actor who; empty: nobody is known
 * @param address where the request came from; empty: it was Gyre itself
 * @param route the pattern of the path, as in {@code /v1/instances/{id}}
 * @param path what was asked for, without its query
 * @param namespace null: none, or more than one
 * @param status that was answered; 0: none was
 * @param code of the problem that was answered, else empty
 * @param count how many alike this stands for, at least 1
 * @param detail what changed, in words
 */
public record AuditEntry(
    Instant at,
    AuditKind kind,
    String actor,
    String address,
    String method,
    String route,
    String path,
    @Nullable String namespace,
    int status,
    String code,
    long count,
    String detail,
    String correlation) {

  static final int MAX_TEXT = 256;
  static final int MAX_DETAIL = 2000;

  /** Bounds every text: who asks decides how long some of them are. */
  public AuditEntry {
    actor = cut(actor, MAX_TEXT);
    address = cut(address, MAX_TEXT);
    method = cut(method, MAX_TEXT);
    route = cut(route, MAX_TEXT);
    path = cut(path, MAX_TEXT);
    namespace = namespace == null ? null : cut(namespace, MAX_TEXT);
    code = cut(code, MAX_TEXT);
    detail = cut(detail, MAX_DETAIL);
    correlation = cut(correlation, MAX_TEXT);
    if (count < 1) {
      throw new IllegalArgumentException("count must be at least 1: " + count);
    }
  }

  /** Short, on one line, and the same after it went through the database. */
  private static String cut(String text, int most) {
    String plain = text;
    if (plain.chars().anyMatch(c -> Character.isISOControl(c) || Character.isSurrogate((char) c))) {
      StringBuilder clean = new StringBuilder(plain.length());
      plain
          .codePoints()
          .forEach(
              c ->
                  clean.appendCodePoint(
                      Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE
                          ? ' '
                          : c));
      plain = clean.toString();
    }
    if (plain.length() <= most) {
      return plain;
    }
    int end = Character.isHighSurrogate(plain.charAt(most - 2)) ? most - 2 : most - 1;
    return plain.substring(0, end) + "…";
  }

  /** The same of somebody. */
  public AuditEntry by(String somebody) {
    return new AuditEntry(
        at,
        kind,
        somebody,
        address,
        method,
        route,
        path,
        namespace,
        status,
        code,
        count,
        detail,
        correlation);
  }

  /** The same of many. */
  public AuditEntry times(long times, String words) {
    return new AuditEntry(
        at,
        kind,
        actor,
        address,
        method,
        route,
        path,
        namespace,
        status,
        code,
        times,
        words,
        correlation);
  }
}
