package io.gyre.chaos;

import org.jspecify.annotations.Nullable;

/**
 * All that a fault may act on.
 *
 * @param engine null where no containers are run
 */
record Scene(
    Lab lab,
    Gyre gyre,
    @Nullable Engine engine,
    Ledger ledger,
    Reality reality,
    Starts starts,
    Workloads workloads,
    Expectations expectations,
    boolean clockMoves) {}
