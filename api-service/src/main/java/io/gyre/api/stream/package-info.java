/** Logs and exec: bytes between the runtime host and an HTTP client. */
@NullMarked
package io.gyre.api.stream;

import org.jspecify.annotations.NullMarked;
