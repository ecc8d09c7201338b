package io.gyre.manifest;

/**
 * What the reading of one source's values needs.
 *
 * @param source its place among the sources
 */
record Scope(
    int source, String file, Problems problems, Budget budget, Interpolation interpolation) {
  /** The same, with every dollar sign left as it is. */
  Scope verbatim() {
    return new Scope(source, file, problems, budget, Interpolation.NONE);
  }
}
