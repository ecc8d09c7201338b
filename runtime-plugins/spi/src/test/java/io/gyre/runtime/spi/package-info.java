@NullMarked
package io.gyre.runtime.spi;

import org.jspecify.annotations.NullMarked;
