package io.gyre.api.status;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * @param state as the process said it; {@code absent} where none ever started, {@code dead} where
 *     it ended without saying so
 * @param live whether its process lives now
 */
record ComponentView(
    String component,
    String state,
    @Nullable Long pid,
    @Nullable Long epoch,
    @Nullable String message,
    @Nullable Instant since,
    boolean live) {}
