/**
 * Runs host processes, each under a keeper of its own: a small shell script that outlives every
 * JVM.
 *
 * <pre>
 * stateDirectory/
 *   keepers/HASH.sh        the keeper script; a new version gets a new name
 *   instances/ID/          one instance; see {@link io.gyre.runtime.process.InstanceDirectory}
 *   journal/ID             what its keeper recorded; see {@link io.gyre.runtime.process.Journal}
 *   ports/PORT             holds the id that has this port
 *   making/ trash/         directories before they are renamed into, and after they are renamed out
 *                          of, instances/
 * </pre>
 */
@NullMarked
package io.gyre.runtime.process;

import org.jspecify.annotations.NullMarked;
