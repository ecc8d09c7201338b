package io.gyre.store;

import io.gyre.model.DeploymentKey;

/** Which state of a deployment is wanted, without what it says. */
public record DesiredVersion(DeploymentKey key, String uid, long generation) {}
