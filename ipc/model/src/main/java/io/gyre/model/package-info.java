/**
 * What every process of Gyre means by a namespace, a deployment, an instance and an error.
 *
 * <p>Records here are immutable and validated when made; nothing here does I/O or reads a clock.
 */
@NullMarked
package io.gyre.model;

import org.jspecify.annotations.NullMarked;
