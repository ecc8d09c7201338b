@NullMarked
package io.gyre.runtime.host.fake;

import org.jspecify.annotations.NullMarked;
