/** The HTTP listener, bodies, pages and query parameters. */
@NullMarked
package io.gyre.api.http;

import org.jspecify.annotations.NullMarked;
