@NullMarked
package io.gyre.runtime.host.usage;

import org.jspecify.annotations.NullMarked;
