@NullMarked
package io.gyre.chaos;

import org.jspecify.annotations.NullMarked;
