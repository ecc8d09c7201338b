package io.gyre.runtime.spi;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;

/** What the host gives a plugin. Valid until {@link WorkloadRuntime#close}. */
public interface RuntimeContext {
  /**
   * This runtime's own directory, 0700, kept over restarts and versions of the plugin. While one
   * version replaces another both are open on it, and after a roll-back an older one reads what a
   * newer one wrote.
   */
  Path stateDirectory();

  /**
   * Settings of this runtime from the host's configuration; unknown keys are the plugin's to
   * refuse.
   */
  Map<String, String> settings();

  /**
   * For all work of the plugin's own. The host shuts it down after {@link WorkloadRuntime#close}.
   * Blocking is fine.
   */
  ScheduledExecutorService executor();

  /**
   * Tells this host's data root apart from others on the same machine; put it on every instance
   * made.
   */
  String hostId();
}
