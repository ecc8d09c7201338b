package io.gyre.reconciler.autoscale;

import io.gyre.model.Autoscale;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How many replicas would be right for what they use now, the past aside. Pure.
 *
 * <p>As many as would each use the aim if all of it were spread evenly, rounded up. Of replicas
 * that aren't ready, or of which nothing is known, it's assumed that they use nothing where more
 * are wanted, and just the aim where fewer are; where that turns the direction, the number stays.
 * Of two resources the one that needs more counts, and where one isn't known there won't be fewer.
 *
 * @param replicas null where nothing is known
 * @param cpuPercent of what was asked for, on average
 * @param text what led to it
 */
record Recommendation(
    @Nullable Integer replicas,
    @Nullable Integer cpuPercent,
    @Nullable Integer memoryPercent,
    String text) {
  /** So that what is a whole number but for rounding isn't rounded up. */
  private static final double EPSILON = 1e-6;

  private record Wanted(int replicas, int percent, String text) {}

  static Recommendation of(Autoscale policy, int current, List<Load> ready, String over) {
    Wanted cpu = wanted("cpu", policy.cpuPercent(), Load::cpu, policy, current, ready, over);
    Wanted memory =
        wanted("memory", policy.memoryPercent(), Load::memory, policy, current, ready, "");
    boolean blind =
        (policy.cpuPercent() != null && cpu == null)
            || (policy.memoryPercent() != null && memory == null);
    Wanted most = cpu == null || (memory != null && memory.replicas > cpu.replicas) ? memory : cpu;
    Integer replicas = most == null ? null : Integer.valueOf(most.replicas);
    if (replicas != null && blind) {
      replicas = Math.max(current, replicas);
    }
    return new Recommendation(
        replicas == null ? null : Integer.valueOf(policy.within(replicas)),
        cpu == null ? null : Integer.valueOf(cpu.percent),
        memory == null ? null : Integer.valueOf(memory.percent),
        most == null ? "nothing is known of what its ready instances use" : most.text);
  }

  private static @Nullable Wanted wanted(
      String name,
      @Nullable Integer aimPercent,
      Function<Load, @Nullable Double> of,
      Autoscale policy,
      int current,
      List<Load> ready,
      String over) {
    List<Double> known = ready.stream().map(of).filter(Objects::nonNull).toList();
    if (aimPercent == null || known.isEmpty()) {
      return null;
    }
    double aim = aimPercent / 100.0;
    double sum = known.stream().mapToDouble(Double::doubleValue).sum();
    int missing = Math.max(0, current - known.size());
    int replicas = replicas(sum, known.size(), missing, aim, policy.tolerancePercent() / 100.0);
    int percent = (int) Math.round(sum / known.size() * 100);
    String text = name + " " + percent + "% of " + aimPercent + "%" + over;
    boolean more = sum / known.size() > aim;
    if (replicas < 0) {
      return new Wanted(current, percent, text);
    }
    return new Wanted(
        more ? Math.max(current, replicas) : Math.min(current, replicas), percent, text);
  }

  /** Negative: the number is right. */
  private static int replicas(double sum, int known, int missing, double aim, double tolerance) {
    double ratio = sum / known / aim;
    if (Math.abs(ratio - 1) <= tolerance + EPSILON) {
      return -1;
    }
    double assumed = ratio > 1 ? sum : sum + missing * aim;
    double assumedRatio = assumed / (known + missing) / aim;
    boolean turned = ratio > 1 != assumedRatio > 1;
    if (turned || Math.abs(assumedRatio - 1) <= tolerance + EPSILON) {
      return -1;
    }
    return (int) Math.ceil(assumed / aim - EPSILON);
  }
}
