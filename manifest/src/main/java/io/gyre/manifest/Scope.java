package io.gyre.manifest;

/**
 * What the reading of one source's values needs.
 *
 * @param source its place among the sources
 */
record Scope(
    int source,
    ManifestSource text,
    Problems problems,
    Budget budget,
    Interpolation interpolation) {
  String file() {
    return text.file();
  }

  /** The same, with every dollar sign left as it is. */
  Scope verbatim() {
    return new Scope(source, text, problems, budget, Interpolation.NONE);
  }
}
