/**
 * The bus between the processes: one Chronicle queue per writing process, a doorbell per reader.
 *
 * <pre>
 * DIRECTORY/                      0700
 *   api/                          the queue that the API writes; all others only read it
 *     metadata.cq4t
 *     20261120-18F.cq4            one file per hour with messages, sparse
 *   api.lock                      held by the process that writes api/
 *   api.broken-1/                 a damaged queue that was put aside at start
 *   positions/reconciler-api      the last message of api/ that the reconciler has handled
 * SOCKET_DIRECTORY/               0700
 *   reconciler.bell               a byte here wakes the reconciler
 * </pre>
 *
 * <p>All of it may be deleted while everything is stopped: messages are hints and commands, never
 * the truth. Delivery is at least once, in the order of the sender; nothing is said about the order
 * of two senders. Threads that publish or handle messages must not be interrupted to stop them.
 */
@NullMarked
package io.gyre.bus;

import org.jspecify.annotations.NullMarked;
