package io.gyre.runtime.spi;

/**
 * The version of this contract: a plugin's jar says in its manifest ({@code Plugin-Requires}) which
 * ones it works with, and isn't loaded where this isn't one of them.
 *
 * <p>The first number is raised where something that a plugin links to goes away or changes, or
 * where an interface that plugins implement gets a method without a default. The second: where
 * something is added, be it a type, a constant, a method with a default, or a method of what only
 * the host implements ({@link RuntimeContext}, {@link InstanceLogs.Sink}). The third: where only
 * words change. A test compares the contract with what was published.
 */
public final class SpiVersion {
  public static final String CURRENT = "1.4.0";

  private SpiVersion() {}
}
