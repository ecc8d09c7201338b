package io.gyre.store;

/** What the database takes on the disk, in bytes. */
public record StoreStats(long dbBytes, long walBytes) {}
