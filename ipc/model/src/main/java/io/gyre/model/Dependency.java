package io.gyre.model;

import java.util.Locale;

/**
 * Another deployment of the namespace that must have come so far before the first instance of this
 * one is made. It's no part of a revision, and nothing that runs is touched when the other goes.
 */
public record Dependency(String deployment, Condition condition) {
  public enum Condition {
    /** One of its instances runs. */
    STARTED,
    /** As many of its instances are ready as it wants, and at least one. */
    READY,
    /** It is a job whose last run succeeded. */
    COMPLETED;

    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
