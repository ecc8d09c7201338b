/** Look-ups of instances. */
@NullMarked
package io.gyre.api.instance;

import org.jspecify.annotations.NullMarked;
