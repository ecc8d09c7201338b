package io.gyre.bus;

import java.util.concurrent.atomic.LongAdder;

/** What {@link BusStats} is made of. */
final class Counters {
  final LongAdder published = new LongAdder();
  final LongAdder handled = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder unknown = new LongAdder();
  final LongAdder damaged = new LongAdder();
  final LongAdder repositioned = new LongAdder();

  BusStats stats() {
    return new BusStats(
        published.sum(),
        handled.sum(),
        failed.sum(),
        unknown.sum(),
        damaged.sum(),
        repositioned.sum());
  }
}
