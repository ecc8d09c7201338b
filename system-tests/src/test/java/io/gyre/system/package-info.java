/** The rules that hold for the code as a whole, and Gyre as a whole seen from outside. */
@NullMarked
package io.gyre.system;

import org.jspecify.annotations.NullMarked;
