/** Reads what instances use, and tells it. */
@NullMarked
package io.gyre.runtime.host.usage;

import org.jspecify.annotations.NullMarked;
