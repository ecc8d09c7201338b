package io.gyre.manifest;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a deployment is for.
 *
 * @param capabilities of the runtime; null where they are not known and nothing is checked
 * @param process whether it runs a command of the host
 */
record Target(String runtime, @Nullable Set<String> capabilities, boolean process) {
  static final String DOCKER = "docker";
  static final String PROCESS = "process";

  /** What the runtimes that Gyre brings can do at best, for when the host isn't up yet. */
  static final Set<String> DOCKER_AT_BEST =
      Set.of(
          "CONTAINER",
          "EXEC",
          "PORTS",
          "BIND_MOUNTS",
          "VOLUMES",
          "FILE_MOUNTS",
          "HOST_FILES",
          "SIGNAL",
          "CPU_LIMIT",
          "MEMORY_LIMIT",
          "NETWORK_ALIAS",
          "HOST_NETWORK",
          "PRIVILEGED",
          "USER",
          "STATS",
          "SECRETS",
          "SECRET_REFRESH",
          "REGISTRY_ACCESS");

  static final Set<String> PROCESS_AT_BEST =
      Set.of(
          "PROCESS",
          "EXEC",
          "PORT_ALLOCATION",
          "BIND_MOUNTS",
          "VOLUMES",
          "FILE_MOUNTS",
          "HOST_FILES",
          "SIGNAL",
          "CPU_LIMIT",
          "MEMORY_LIMIT",
          "USER",
          "STATS",
          "SECRETS",
          "SECRET_REFRESH");

  /** Whether each instance is given a port of its own as PORT. */
  boolean givesPort() {
    return process && can("PORT_ALLOCATION");
  }

  boolean can(String capability) {
    return capabilities == null || capabilities.contains(capability);
  }

  /**
   * Adds a problem at the value where the runtime lacks the capability.
   *
   * @param what the subject of "... is not supported by the runtime"
   */
  void need(String capability, Value at, String what) {
    need(capability, at, what, "");
  }

  void need(String capability, Value at, String what, String hint) {
    if (!can(capability)) {
      at.problem(
          "runtime_unsupported",
          what + " is not supported by the runtime \"" + runtime + "\"" + hint);
    }
  }
}
