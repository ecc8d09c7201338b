package io.gyre.runtime.spi;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
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

  /**
   * What is secret of an instance that is about to be started, as its spec and what that refers to
   * say now. Asked by plugins that announce {@link Capability#SECRETS}, on a thread of the plugin,
   * for every start of theirs, and for {@link SecretRefresh}; may block for a moment.
   *
   * @throws RuntimeFailure where some of it can't be had, which fails the start
   */
  default InstanceSecrets secrets(String instance) throws RuntimeFailure {
    return InstanceSecrets.NONE;
  }

  /**
   * This runtime's own directory in memory, on no disk: empty after a boot, kept over restarts of
   * the host. Others may pass through it but not look around in it. What is in it under the id of
   * an instance is removed once that instance is gone.
   *
   * @throws RuntimeFailure UNSUPPORTED where this machine has no such place
   */
  default Path volatileDirectory() throws RuntimeFailure {
    throw new RuntimeFailure(
        RuntimeFailure.Kind.UNSUPPORTED,
        "no_volatile_directory",
        "there is no directory in memory for secrets",
        null);
  }

  /**
   * Who pulls the image of an instance that is being started, as far as its spec says; empty:
   * nobody in particular. Asked on the thread that pulls, only where something is pulled, and anew
   * each time: what it says may change while the spec doesn't. May block for a moment.
   *
   * @throws RuntimeFailure where the spec names what can't be had, which fails the start
   */
  default Optional<RegistryAccess> registryAccess(String instance) throws RuntimeFailure {
    return Optional.empty();
  }
}
