/** Who used the API for what: an append-only, hash-chained log. */
@NullMarked
package io.gyre.api.audit;

import org.jspecify.annotations.NullMarked;
