/** What instances use: recorded, and made into history. */
@NullMarked
package io.gyre.reconciler.usage;

import org.jspecify.annotations.NullMarked;
