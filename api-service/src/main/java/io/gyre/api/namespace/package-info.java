/** What is in a namespace, and its end. */
@NullMarked
package io.gyre.api.namespace;

import org.jspecify.annotations.NullMarked;
