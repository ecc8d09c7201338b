/** Probes instances and tells when they stop or start to be well. */
@NullMarked
package io.gyre.reconciler.health;

import org.jspecify.annotations.NullMarked;
