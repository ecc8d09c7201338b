/** The event log and who watches it. */
@NullMarked
package io.gyre.api.event;

import org.jspecify.annotations.NullMarked;
