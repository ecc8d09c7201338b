@NullMarked
package io.gyre.store;

import org.jspecify.annotations.NullMarked;
