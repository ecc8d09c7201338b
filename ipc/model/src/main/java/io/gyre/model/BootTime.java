package io.gyre.model;

/**
 * A moment by the kernel's clock, which nobody sets and which outlives processes; of another boot
 * it says nothing.
 */
public record BootTime(String bootId, long uptimeMs) {}
