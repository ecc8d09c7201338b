package io.gyre.reconciler.job;

import io.gyre.model.InstanceId;

/** One thing to do for a job. The executor carries it out as it stands. */
public sealed interface JobStep {
  /** Why, in words that a user reads. */
  String because();

  /**
   * Make the instance of a new attempt.
   *
   * @param number of the attempt within its run
   * @param index of the completion that it is for
   */
  record Create(long run, long revision, int number, int index, String correlation, String because)
      implements JobStep {}

  /** Command the start of an instance that was never seen to run, again. */
  record Start(InstanceId instance, String because) implements JobStep {}

  /** End it and keep what it left. */
  record Stop(InstanceId instance, String because) implements JobStep {}

  record Remove(InstanceId instance, String because) implements JobStep {}

  /** Nothing is left of the deleted deployment. */
  record Forget(String because) implements JobStep {}
}
