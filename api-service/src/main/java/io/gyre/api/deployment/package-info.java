/** Deployments: look-ups and changes. */
@NullMarked
package io.gyre.api.deployment;

import org.jspecify.annotations.NullMarked;
