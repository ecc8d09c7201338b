/** What the host has: components, runtimes, namespaces, configs. */
@NullMarked
package io.gyre.api.status;

import org.jspecify.annotations.NullMarked;
