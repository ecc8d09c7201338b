/** Decides what to do, and nothing else: no I/O, no clock, no random numbers. */
@NullMarked
package io.gyre.reconciler.job;

import org.jspecify.annotations.NullMarked;
