package io.gyre.manifest;

/** A text that no message, log or plan may show. */
public record Password(String value) {
  @Override
  public String toString() {
    return "***";
  }
}
