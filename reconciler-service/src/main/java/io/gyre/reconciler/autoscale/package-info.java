/** How many replicas a deployment needs for its load. */
@NullMarked
package io.gyre.reconciler.autoscale;

import org.jspecify.annotations.NullMarked;
