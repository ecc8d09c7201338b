/** Files of configs for instances. */
@NullMarked
package io.gyre.runtime.host.content;

import org.jspecify.annotations.NullMarked;
