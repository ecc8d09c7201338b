/** Log and exec streams to the API. */
@NullMarked
package io.gyre.runtime.host.stream;

import org.jspecify.annotations.NullMarked;
