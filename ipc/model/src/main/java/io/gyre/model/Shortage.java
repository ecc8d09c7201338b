package io.gyre.model;

import org.jspecify.annotations.Nullable;

/**
 * Why an instance can't start now: the host has no room for it. It is no failure; the instance
 * starts by itself once there is room.
 *
 * @param reason {@code insufficient_memory} or {@code insufficient_cpu}
 */
public record Shortage(String reason, String message) {
  public static final String MEMORY = "insufficient_memory";
  public static final String CPU = "insufficient_cpu";

  /** What is short for one more, of so much that is free of so much. */
  public static Shortage of(Demand each, Demand free, Demand all) {
    boolean memory = each.memoryBytes() > free.memoryBytes();
    return memory
        ? new Shortage(
            MEMORY,
            text(
                "memory",
                Amounts.memory(each.memoryBytes()),
                Amounts.memory(free.memoryBytes()),
                Amounts.memory(all.memoryBytes())))
        : new Shortage(
            CPU,
            text(
                "CPU",
                Amounts.cpu(each.cpuMillis()),
                Amounts.cpu(free.cpuMillis()),
                Amounts.cpu(all.cpuMillis())));
  }

  private static String text(String what, String need, String free, String all) {
    return "waits for " + what + ": needs " + need + ", " + free + " of " + all + " are free";
  }

  /** Whether the instance waits for room, and so has none yet. */
  public static boolean holdsBack(InstanceState state, @Nullable String reason) {
    return state == InstanceState.PENDING && (MEMORY.equals(reason) || CPU.equals(reason));
  }
}
