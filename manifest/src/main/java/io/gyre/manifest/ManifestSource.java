package io.gyre.manifest;

/**
 * The text of one manifest file, YAML or JSON, of one or several documents.
 *
 * @param file as the user named it; used in messages only
 */
public record ManifestSource(String file, String text) {}
