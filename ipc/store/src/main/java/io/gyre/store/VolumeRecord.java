package io.gyre.store;

/**
 * A named volume that a runtime has.
 *
 * @param removing whether it is to go
 */
public record VolumeRecord(String namespace, String name, String runtime, boolean removing) {}
