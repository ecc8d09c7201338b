/** The API process: HTTP on one side, the store and the bus on the other. */
@NullMarked
package io.gyre.api;

import org.jspecify.annotations.NullMarked;
