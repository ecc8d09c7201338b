/** Backups over HTTP. */
@NullMarked
package io.gyre.api.backup;

import org.jspecify.annotations.NullMarked;
