/** Configs and their users. */
@NullMarked
package io.gyre.api.content;

import org.jspecify.annotations.NullMarked;
