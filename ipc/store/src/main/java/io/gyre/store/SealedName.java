package io.gyre.store;

/**
 * Which sealed value, and what is authenticated with it.
 *
 * @param purpose a word per kind of value, as {@code secret}
 * @param namespace empty for those of the host
 */
public record SealedName(String purpose, String namespace, String name, long version) {}
