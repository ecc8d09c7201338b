package io.gyre.runtime.host.plugin;

import java.time.Duration;

/**
 * How long things may take.
 *
 * @param describe to load, make and describe a plugin, each
 * @param drain what is left to calls and commands in flight with a plugin that was replaced
 * @param collect after which the classes of an unloaded plugin should be gone
 */
public record SwapLimits(
    Duration describe, Duration open, Duration list, Duration drain, Duration collect) {
  public static final SwapLimits DEFAULT =
      new SwapLimits(
          Duration.ofSeconds(5),
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(30),
          Duration.ofSeconds(60));
}
