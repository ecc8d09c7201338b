package io.gyre.model;

/** When an image is fetched from its registry. */
public enum PullPolicy {
  ALWAYS,
  IF_NOT_PRESENT,
  NEVER
}
