/** Who asks, and what they may do. */
@NullMarked
package io.gyre.api.auth;

import org.jspecify.annotations.NullMarked;
