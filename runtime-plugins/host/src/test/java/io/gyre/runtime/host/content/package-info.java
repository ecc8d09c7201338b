/** Files of configs. */
@NullMarked
package io.gyre.runtime.host.content;

import org.jspecify.annotations.NullMarked;
