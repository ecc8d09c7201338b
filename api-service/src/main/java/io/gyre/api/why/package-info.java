/** The causal chain of a deployment or an instance. */
@NullMarked
package io.gyre.api.why;

import org.jspecify.annotations.NullMarked;
