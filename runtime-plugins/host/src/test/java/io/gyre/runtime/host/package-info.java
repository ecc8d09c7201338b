@NullMarked
package io.gyre.runtime.host;

import org.jspecify.annotations.NullMarked;
