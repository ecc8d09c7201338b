/** Who may come in, and how much at once. */
@NullMarked
package io.gyre.api.door;

import org.jspecify.annotations.NullMarked;
