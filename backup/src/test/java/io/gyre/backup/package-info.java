/** Tests of backups. */
@NullMarked
package io.gyre.backup;

import org.jspecify.annotations.NullMarked;
