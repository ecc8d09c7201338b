package io.gyre.manifest;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Sets that keep the order in which they are written. */
final class Order {
  private Order() {}

  static Set<String> of(String... words) {
    return Collections.unmodifiableSet(new LinkedHashSet<>(List.of(words)));
  }
}
