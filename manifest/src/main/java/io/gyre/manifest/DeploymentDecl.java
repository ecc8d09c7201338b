package io.gyre.manifest;

import io.gyre.model.Dependency;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.RolloutPolicy;
import java.util.List;

/**
 * A deployment as declared.
 *
 * @param file that declares it, as the user named it
 * @param line of its key, from 1
 */
public record DeploymentDecl(
    DeploymentKey key,
    int replicas,
    DeploymentSpec spec,
    RolloutPolicy rollout,
    List<Dependency> dependencies,
    String file,
    int line) {}
