package io.gyre.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An acknowledged change of the desired state: who asked for what. Written by the API only.
 *
 * @param verb {@code create}, {@code update}, {@code scale}, {@code restart}, {@code delete}
 * @param detail what changed, in words, without values of the environment
 */
public record ChangeRecord(
    long seq,
    Instant at,
    String actor,
    String verb,
    @Nullable String namespace,
    @Nullable String name,
    long generation,
    String detail,
    String correlation) {}
