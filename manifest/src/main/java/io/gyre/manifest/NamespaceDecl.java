package io.gyre.manifest;

/** A namespace that a manifest names; it is made where it does not exist. */
public record NamespaceDecl(String name) {}
