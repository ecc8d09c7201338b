package io.gyre.model;

import org.jspecify.annotations.Nullable;

/** So much memory and CPU of the host: asked for, held, or there. */
public record Demand(long memoryBytes, long cpuMillis) {
  public static final Demand NONE = new Demand(0, 0);
  public static final Demand UNLIMITED = new Demand(Long.MAX_VALUE, Long.MAX_VALUE);

  /** What an instance asks for: its request, else its limit, else nothing. */
  public static Demand of(Resources resources) {
    return new Demand(
        first(resources.memoryRequestBytes(), resources.memoryLimitBytes()),
        first(resources.cpuRequestMillis(), resources.cpuLimitMillis()));
  }

  private static long first(@Nullable Long request, @Nullable Long limit) {
    if (request != null) {
      return request;
    }
    return limit == null ? 0 : limit;
  }

  public boolean isNone() {
    return memoryBytes == 0 && cpuMillis == 0;
  }

  public Demand plus(Demand other) {
    return new Demand(plus(memoryBytes, other.memoryBytes), plus(cpuMillis, other.cpuMillis));
  }

  /** Enough for any sum of what a manifest can say, and {@link #UNLIMITED} stays so. */
  private static long plus(long a, long b) {
    return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
  }

  public Demand times(int count) {
    return new Demand(times(memoryBytes, count), times(cpuMillis, count));
  }

  private static long times(long amount, int count) {
    return count != 0 && amount > Long.MAX_VALUE / count ? Long.MAX_VALUE : amount * count;
  }

  /** What is left of it, at least nothing. */
  public Demand without(Demand used) {
    return new Demand(without(memoryBytes, used.memoryBytes), without(cpuMillis, used.cpuMillis));
  }

  private static long without(long all, long used) {
    return all == Long.MAX_VALUE ? all : Math.max(0, all - used);
  }

  /** How often that fits into it, at most so often. */
  public int fits(Demand each, int most) {
    return Math.min(
        fits(memoryBytes, each.memoryBytes, most), fits(cpuMillis, each.cpuMillis, most));
  }

  private static int fits(long room, long each, int most) {
    return each == 0 ? most : (int) Math.min(most, room / each);
  }
}
