/**
 * The state that the processes share: one SQLite file.
 *
 * <pre>
 *  DIR/            0700 where it is made here
 *    gyre.db       0600, WAL; gyre.db-wal and gyre.db-shm beside it
 *    native/VERSION/libsqlitejdbc.so   one copy of the native library for all processes
 *
 *             writes desired state        writes observed state        writes nothing
 *   API  ───▶ synchronous=FULL    RECONCILER ───▶ synchronous=NORMAL   RUNTIME
 *     └────────────────────── all of them read ──────────────────────────┘
 * </pre>
 *
 * Every table has one writing process, named in the schema.
 */
@NullMarked
package io.gyre.store;

import org.jspecify.annotations.NullMarked;
