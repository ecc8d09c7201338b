/** How failures look on the wire: application/problem+json, whatever went wrong. */
@NullMarked
package io.gyre.api.problem;

import org.jspecify.annotations.NullMarked;
