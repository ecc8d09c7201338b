/** The {@code gyre} command line: it speaks HTTP to the API and knows no other module. */
@NullMarked
package io.gyre.cli;

import org.jspecify.annotations.NullMarked;
