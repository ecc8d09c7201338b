/** A runtime without workloads, for as many instances as one likes; packed as a plugin jar. */
@org.jspecify.annotations.NullMarked
package io.gyre.system.simulated;
