package io.gyre.store;

import java.time.Instant;

/**
 * Failed logins in a row.
 *
 * @param kind {@code user}, {@code unknown} (a user that isn't there) or {@code address}
 * @param lockedUntil not in the future: it isn't locked
 */
public record LoginFailures(
    String kind, String subject, int failures, Instant lastAt, Instant lockedUntil) {}
