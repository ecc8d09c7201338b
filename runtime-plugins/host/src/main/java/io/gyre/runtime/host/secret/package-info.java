/** What instances get that is secret: opened here, at the last moment, and kept in memory only. */
@NullMarked
package io.gyre.runtime.host.secret;

import org.jspecify.annotations.NullMarked;
