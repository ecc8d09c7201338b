/** The API process in this JVM, with a real store, a real bus and real sockets. */
@NullMarked
package io.gyre.api;

import org.jspecify.annotations.NullMarked;
