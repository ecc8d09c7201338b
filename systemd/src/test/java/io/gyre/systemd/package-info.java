/** Gyre as a user of systemd sees it: installed, restarted, attacked and removed on a real one. */
@NullMarked
package io.gyre.systemd;

import org.jspecify.annotations.NullMarked;
