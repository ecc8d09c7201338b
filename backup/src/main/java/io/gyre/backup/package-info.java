/** Backups of a data root: made while all runs, checked, and brought back. */
@NullMarked
package io.gyre.backup;

import org.jspecify.annotations.NullMarked;
