@NullMarked
package io.gyre.runtime.host.secret;

import org.jspecify.annotations.NullMarked;
