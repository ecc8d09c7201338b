/** Restarts in place for runtimes that don't restart by themselves. */
@NullMarked
package io.gyre.runtime.host.restart;

import org.jspecify.annotations.NullMarked;
