/** The process that starts, watches and restarts the other three where there is no systemd. */
@NullMarked
package io.gyre.supervisor;

import org.jspecify.annotations.NullMarked;
