/** Conditions as clients see them. */
@NullMarked
package io.gyre.api.condition;

import org.jspecify.annotations.NullMarked;
