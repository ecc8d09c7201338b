package io.gyre.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A plugin jar that the runtime host knows of.
 *
 * @param file where it is; no two plugins have the same
 * @param id {@code Plugin-Id} of its manifest, empty where that isn't known
 * @param runtime name of the runtime that it is for, empty where that isn't known
 * @param sha256 of the jar in hex, empty where it could not be read
 * @param signedBy id of the trusted key, {@link #SHIPPED}, or null where no trusted key signed it
 * @param rollbackTo version that a rollback would bring back; null: there is none
 * @param message why it was rejected, or what else there is to know
 * @param since when the host looked at it last, or when it began to serve
 */
public record PluginInfo(
    String file,
    String id,
    String version,
    String runtime,
    State state,
    String sha256,
    @Nullable String signedBy,
    @Nullable String rollbackTo,
    @Nullable String message,
    Instant since) {
  /** Came with the distribution, and is trusted as the rest of it is. */
  public static final String SHIPPED = "shipped";

  /** What became of a jar. */
  public enum State {
    SERVING,
    /** Another jar serves its runtime. */
    REPLACED,
    /** The user went back to an earlier one. */
    ROLLED_BACK,
    REJECTED
  }
}
