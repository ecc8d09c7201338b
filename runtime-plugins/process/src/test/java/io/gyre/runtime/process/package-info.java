@NullMarked
package io.gyre.runtime.process;

import org.jspecify.annotations.NullMarked;
