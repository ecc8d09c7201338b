@NullMarked
package io.gyre.runtime.host.restart;

import org.jspecify.annotations.NullMarked;
