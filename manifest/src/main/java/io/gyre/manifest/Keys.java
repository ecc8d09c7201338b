package io.gyre.manifest;

import java.util.Map;
import java.util.Set;

/**
 * The keys of a block.
 *
 * @param known in the order in which they are documented
 * @param later keys that name what isn't implemented, refused as such
 * @param instead keys that others use for the same, and what to write
 */
record Keys(Set<String> known, Set<String> later, Map<String, String> instead) {
  static Keys of(Set<String> known) {
    return new Keys(known, Set.of(), Map.of());
  }
}
