package io.gyre.manifest;

import java.util.Optional;
import java.util.Set;

/** What is known of the runtimes of the host that a manifest is for. */
public interface RuntimeCatalog {
  /**
   * What the runtime can do, as the names of the runtime contract's capabilities ({@code
   * CONTAINER}, {@code PORTS}); empty where that isn't known. For {@code docker} and {@code
   * process} what they can do at best is then assumed, for others nothing is checked.
   */
  Optional<Set<String>> capabilities(String runtime);

  /** The runtimes that the host has; empty while that isn't known. */
  Set<String> names();

  /** How the host gets another runtime, as in "drop its plugin into /plugins"; may be empty. */
  default String remedy() {
    return "";
  }
}
