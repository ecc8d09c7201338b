package io.gyre.reconciler.plan;

import io.gyre.model.InstanceId;
import io.gyre.model.Shortage;
import java.time.Instant;

/** One thing to do. The executor carries it out as it stands and makes no choices of its own. */
public sealed interface Step {
  /** Why, in words that a user reads. */
  String because();

  /** Make a new instance. */
  record Create(long revision, int ordinal, String because) implements Step {}

  /** Make a new instance that waits for room. */
  record CreateWaiting(long revision, int ordinal, Shortage shortage) implements Step {
    @Override
    public String because() {
      return shortage.message();
    }
  }

  /** Command the start of an instance that exists, again. */
  record Start(InstanceId instance, String because) implements Step {}

  /** Stop and start it in place, once for this nonce. */
  record Restart(InstanceId instance, long nonce, String because) implements Step {}

  /** Counts it as ready no more; at {@code until} it is removed, or restarted. */
  record Drain(InstanceId instance, boolean removes, Instant until, String because)
      implements Step {}

  /** End its processes and keep it. */
  record Stop(InstanceId instance, String because) implements Step {}

  record Remove(InstanceId instance, String because) implements Step {}

  /** Nothing is left of the deleted deployment. */
  record Forget(String because) implements Step {}
}
