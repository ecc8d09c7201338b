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
 *
 * <p>Where systemd runs, each keeper is the main process of a transient unit {@code
 * gyre-w-ID.service} in {@code gyre-workloads.slice}, which carries the limits. The keeper stays
 * what restarts the workload. Who dies, and what comes of it:
 *
 * <pre>
 * workload              the keeper starts it again, as without a unit
 * keeper                the workload goes on. Systemd starts the keeper again (KillMode=process,
 *                       Restart=on-abnormal), which reads its journal and takes the workload over;
 *                       of its own exit status only "unknown" is left. Killed more than 5 times in
 *                       10 s, the unit has failed, and the host starts it again
 * both                  systemd starts the keeper, which starts the workload as its policy says
 * `systemctl stop`      the keeper stops the workload with its grace. The host brings it back as
 *                       its policy says, within seconds, as after any end that Gyre didn't ask for;
 *                       a keeper that hangs is killed and then all of the unit
 * the machine           the same: told to stop, what may be started again is recorded as such, and
 *                       the host does so after the boot. Nothing of an earlier boot is ever
 *                       signalled
 * a host, a generation  nothing: the unit isn't the host's child
 * </pre>
 *
 * <p>No twins: a unit has one main process at a time, and systemd refuses a second unit of a name.
 * A unit that can't be started is a failure of the start, never a reason to start without one;
 * whether there are units at all is decided when the runtime is opened. What runs already stays as
 * it was started, in a unit or without one, until it is started afresh.
 *
 * <p>What a workload prints goes to the log files in all cases. The unit's journal has what the
 * keeper says of its life: starts, ends with their codes and last lines, stops.
 */
@NullMarked
package io.gyre.runtime.process;

import org.jspecify.annotations.NullMarked;
