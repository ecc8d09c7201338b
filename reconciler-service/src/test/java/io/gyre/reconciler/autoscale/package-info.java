@NullMarked
package io.gyre.reconciler.autoscale;

import org.jspecify.annotations.NullMarked;
