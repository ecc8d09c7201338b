package io.gyre.manifest;

import io.gyre.model.Autoscale;
import io.gyre.model.Dependency;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.JobPolicy;
import io.gyre.model.RolloutPolicy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A deployment as declared.
 *
 * @param replicas where it is scaled by its load and none are written, the fewest
 * @param file that declares it, as the user named it
 * @param line of its key, from 1
 * @param job how it runs; null for a worker
 * @param autoscale null: it isn't scaled by its load
 * @param registryPassword of the login that its image is pulled with, where the manifest has it;
 *     else null
 */
public record DeploymentDecl(
    DeploymentKey key,
    int replicas,
    DeploymentSpec spec,
    RolloutPolicy rollout,
    List<Dependency> dependencies,
    String file,
    int line,
    @Nullable JobPolicy job,
    @Nullable Autoscale autoscale,
    @Nullable Password registryPassword) {
  /** Without a password of a registry. */
  public DeploymentDecl(
      DeploymentKey key,
      int replicas,
      DeploymentSpec spec,
      RolloutPolicy rollout,
      List<Dependency> dependencies,
      String file,
      int line,
      @Nullable JobPolicy job,
      @Nullable Autoscale autoscale) {
    this(key, replicas, spec, rollout, dependencies, file, line, job, autoscale, null);
  }
}
