/** The facts that leave for the bus. */
@NullMarked
package io.gyre.runtime.host.report;

import org.jspecify.annotations.NullMarked;
