/** Secrets: what is kept sealed, and under which keys. */
@NullMarked
package io.gyre.api.secret;

import org.jspecify.annotations.NullMarked;
