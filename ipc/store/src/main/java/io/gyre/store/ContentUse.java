package io.gyre.store;

import io.gyre.model.DeploymentKey;

/**
 * That a revision uses a config, secret or volume.
 *
 * @param content its name in the deployment's namespace
 * @param version 0: the newest at each start
 * @param wanted whether it is the revision that the deployment is to run, and the deployment isn't
 *     being deleted
 */
public record ContentUse(
    DeploymentKey deployment, long revision, String content, long version, boolean wanted) {}
