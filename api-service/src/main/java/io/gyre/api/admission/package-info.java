/** Whether the host, and the quota of a namespace, has room for what is wanted. */
@NullMarked
package io.gyre.api.admission;

import org.jspecify.annotations.NullMarked;
