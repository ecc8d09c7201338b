package io.gyre.runtime.spi;

/**
 * What a runtime can do beyond start, stop, remove and list. A manifest that needs what the runtime
 * doesn't announce is refused when it is applied; the test kit asserts that what isn't announced is
 * refused with {@link RuntimeFailure.Kind#UNSUPPORTED}. A later version of the contract may have
 * more of them; names are never given another meaning.
 */
public enum Capability {
  /** Runs images ({@link Workload.Container}). */
  CONTAINER,
  /** Runs commands of the host ({@link Workload.HostProcess}). */
  PROCESS,
  /** Restarts crashed instances by the policy itself, also while no JVM runs. */
  SELF_RESTART,
  /** Implements {@link InstanceLogs}. */
  LOGS,
  /** Implements {@link InstanceExec}. */
  EXEC,
  /** {@link InstanceSpec#ports()} is honoured. */
  PORTS,
  /** Gives each instance a free port of its own, announced as {@code PORT}. */
  PORT_ALLOCATION,
  /** {@link Mount.Type#BIND}. */
  BIND_MOUNTS,
  /** {@link Mount.Type#VOLUME}. */
  VOLUMES,
  /** {@link Mount.Type#FILE}. */
  FILE_MOUNTS,
  /** {@link Mount#path} of a {@link Mount.Type#FILE}, which may be a directory, too. */
  HOST_FILES,
  CPU_LIMIT,
  MEMORY_LIMIT,
  /** A network per namespace in which a deployment's name leads to its instances. */
  NETWORK_ALIAS,
  HOST_NETWORK,
  PRIVILEGED,
  USER,
  /** Implements {@link InstanceStats}. */
  STATS,
  /** Instances get what {@link RuntimeContext#secrets} says, at each start. */
  SECRETS,
  /** Images are pulled as {@link RuntimeContext#registryAccess} says. */
  REGISTRY_ACCESS,
  /** Implements {@link InstanceSignals}. */
  SIGNAL,
  /** Implements {@link SecretRefresh}. */
  SECRET_REFRESH
}
