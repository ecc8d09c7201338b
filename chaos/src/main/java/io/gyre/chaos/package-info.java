/**
 * Attacks a whole Gyre and checks that it keeps its promises. Nothing here uses Gyre's own code: it
 * is driven through its launcher and its HTTP API, and what is true is read from /proc, from the
 * container engine, from what the workloads write themselves and from the files.
 */
@NullMarked
package io.gyre.chaos;

import org.jspecify.annotations.NullMarked;
