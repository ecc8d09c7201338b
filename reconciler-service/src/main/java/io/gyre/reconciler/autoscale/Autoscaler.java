package io.gyre.reconciler.autoscale;

import io.gyre.model.Autoscale;
import io.gyre.model.AutoscaleState;
import io.gyre.model.AutoscaleState.Decision;
import io.gyre.model.AutoscaleState.Wish;
import io.gyre.model.DesiredDeployment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntBinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * {@code (samples, bounds, history, now) -> wanted replicas}. Pure.
 *
 * <p>There are more replicas once at least so many were right all through the last {@code
 * cooldown_up}, and fewer once no more were right all through the last {@code cooldown_down}. After
 * a time of which nothing is known, both begin anew. At a time the number at most doubles, or grows
 * by four.
 */
public final class Autoscaler {
  private static final int STEP = 4;

  /** So many rounds may be missed. */
  private static final int MISSED = 3;

  private static final Duration LEAST_GAP = Duration.ofSeconds(10);

  private Autoscaler() {}

  /** Whether the desired state is still to follow what was decided. */
  public static boolean pending(@Nullable AutoscaleState state, DesiredDeployment desired) {
    Decision decision = state == null ? null : state.decision();
    return decision != null
        && decision.generation() == desired.generation()
        && decision.to() != desired.replicas();
  }

  /**
   * @param before what the last look came to; null: there was none
   * @param ready a load for each replica that is ready, as far as known
   * @param interval between two looks
   * @param over the time that the loads are averages of
   * @return with a decision of {@code now} where there is a new one
   */
  public static AutoscaleState look(
      DesiredDeployment desired,
      Autoscale policy,
      @Nullable AutoscaleState before,
      List<Load> ready,
      Duration interval,
      Duration over,
      Instant now) {
    int current = desired.replicas();
    Recommendation right =
        Recommendation.of(policy, current, ready, " over " + over.toSeconds() + " s");
    Integer replicas = right.replicas();
    @Nullable AutoscaleState known =
        before != null && before.uid().equals(desired.uid()) ? before : null;
    boolean goesOn = known != null && !gap(known.lookedAt(), interval, now);
    if (replicas == null || current == 0) {
      String text = current == 0 ? "it is scaled to 0" : right.text();
      return new AutoscaleState(
          desired.key(),
          desired.uid(),
          known == null ? Instant.EPOCH : known.lookedAt(),
          known == null ? List.of() : known.fewest(),
          known == null ? List.of() : known.most(),
          right.cpuPercent(),
          right.memoryPercent(),
          text,
          known == null ? null : known.decision());
    }
    List<Wish> begin = List.of(new Wish(now, current));
    List<Wish> fewest =
        wishes(
            known == null || !goesOn ? begin : known.fewest(),
            new Wish(now, replicas),
            policy.cooldownUp(),
            Math::min);
    List<Wish> most =
        wishes(
            known == null || !goesOn ? begin : known.most(),
            new Wish(now, replicas),
            policy.cooldownDown(),
            Math::max);
    int wanted = wanted(policy, current, fewest.getFirst().replicas(), most.getFirst().replicas());
    return new AutoscaleState(
        desired.key(),
        desired.uid(),
        now,
        fewest,
        most,
        right.cpuPercent(),
        right.memoryPercent(),
        right.text(),
        decision(desired, policy, known, right.text(), replicas, wanted, now));
  }

  private static @Nullable Decision decision(
      DesiredDeployment desired,
      Autoscale policy,
      @Nullable AutoscaleState known,
      String text,
      int right,
      int wanted,
      Instant now) {
    Decision last = known == null ? null : known.decision();
    int current = desired.replicas();
    if (wanted == current) {
      // What nobody has followed yet isn't wanted any more.
      return pending(known, desired) ? null : last;
    }
    if (pending(known, desired) && last != null && last.to() == wanted) {
      return last;
    }
    return new Decision(
        now, desired.generation(), current, wanted, reason(policy, text, current, right, wanted));
  }

  private static boolean gap(Instant last, Duration interval, Instant now) {
    Duration longest = interval.multipliedBy(MISSED);
    longest = longest.compareTo(LEAST_GAP) < 0 ? LEAST_GAP : longest;
    // What seems to be in the future tells that the clock was set back.
    return last.plus(longest).isBefore(now) || last.isAfter(now);
  }

  /**
   * Those within the time that no later one makes needless; the first is the smallest, or greatest,
   * of them all.
   */
  private static List<Wish> wishes(
      List<Wish> before, Wish wish, Duration time, IntBinaryOperator better) {
    List<Wish> kept = new ArrayList<>();
    Instant begin = wish.at().minus(time);
    for (Wish each : before) {
      boolean counts =
          each.replicas() != wish.replicas()
              && better.applyAsInt(each.replicas(), wish.replicas()) == each.replicas();
      if (counts && each.at().isAfter(begin)) {
        kept.add(each);
      }
    }
    kept.add(wish);
    return kept;
  }

  private static int wanted(Autoscale policy, int current, int fewest, int most) {
    int wanted = current;
    if (fewest > current) {
      wanted = Math.min(fewest, Math.max(2 * current, current + STEP));
    } else if (most < current) {
      wanted = most;
    }
    return policy.within(wanted);
  }

  private static String reason(Autoscale policy, String text, int current, int right, int wanted) {
    StringBuilder reason = new StringBuilder(text);
    if (wanted < current) {
      reason.append(", no more needed for ").append(policy.cooldownDown().toSeconds()).append(" s");
    }
    reason.append(": ").append(current).append(" -> ").append(wanted);
    if (wanted == policy.max()) {
      reason.append(", max ").append(policy.max());
    } else if (wanted == policy.min()) {
      reason.append(", min ").append(policy.min());
    } else if (right > wanted && wanted > current) {
      reason.append(" of ").append(right).append(", step by step");
    }
    return reason.toString();
  }
}
