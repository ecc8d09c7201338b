@NullMarked
package io.gyre.bus;

import org.jspecify.annotations.NullMarked;
