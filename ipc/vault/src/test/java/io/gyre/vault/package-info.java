@NullMarked
package io.gyre.vault;

import org.jspecify.annotations.NullMarked;
