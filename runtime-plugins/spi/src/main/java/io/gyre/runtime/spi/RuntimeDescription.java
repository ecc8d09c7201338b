package io.gyre.runtime.spi;

import java.util.Set;

/**
 * @param name what a manifest's {@code runtime:} says: a DNS label
 * @param version of the plugin
 * @param capabilities what it can do; see {@link Capability}
 */
public record RuntimeDescription(String name, String version, Set<Capability> capabilities) {
  public RuntimeDescription {
    capabilities = Set.copyOf(capabilities);
  }
}
