/** The process that makes the observed state the desired one. */
@NullMarked
package io.gyre.reconciler;

import org.jspecify.annotations.NullMarked;
