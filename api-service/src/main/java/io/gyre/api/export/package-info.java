/** What is wanted, as manifests. */
@NullMarked
package io.gyre.api.export;

import org.jspecify.annotations.NullMarked;
