@NullMarked
package io.gyre.runtime.docker;

import org.jspecify.annotations.NullMarked;
