package io.gyre.manifest;

import org.jspecify.annotations.Nullable;

/**
 * A field in which two specs differ, as text for people.
 *
 * @param path as in the manifest
 * @param from null where it is new
 * @param to null where it is gone
 */
public record FieldChange(String path, @Nullable String from, @Nullable String to) {}
