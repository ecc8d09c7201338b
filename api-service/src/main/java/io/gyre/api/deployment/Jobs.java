package io.gyre.api.deployment;

import io.gyre.api.http.Call;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.JobRequest;
import io.gyre.model.JobRun;
import io.gyre.store.DesiredTx;
import io.gyre.store.StateReader;
import java.util.concurrent.atomic.AtomicLong;

/** Asks for runs of jobs, and for their end. */
public final class Jobs {
  private final Deployments deployments;

  public Jobs(Deployments deployments) {
    this.deployments = deployments;
  }

  /**
   * Has it run once more.
   *
   * @return the number by which the run that answers it is known
   */
  long run(DeploymentKey key, Call call) {
    AtomicLong seq = new AtomicLong();
    var _ =
        deployments.change(
            key,
            null,
            call,
            "run",
            (before, after) -> "run revision " + after.revision(),
            (tx, now) -> {
              Deployments.requireLive(now);
              requireJob(now);
              seq.set(ask(tx, now, JobRequest.Kind.RUN, 0, call));
              return deployments.next(now, call);
            });
    return seq.get();
  }

  /** Ends a run that is under way; one that has ended is left as it is. */
  JobRun cancel(DeploymentKey key, long number, Call call) {
    var _ =
        deployments.change(
            key,
            null,
            call,
            "cancel",
            (before, after) -> "cancel run " + number,
            (tx, now) -> {
              Deployments.requireLive(now);
              requireJob(now);
              if (find(tx, key, number).state().ended()) {
                return now;
              }
              long _ = ask(tx, now, JobRequest.Kind.CANCEL, number, call);
              return deployments.next(now, call);
            });
    return deployments.read(state -> find(state, key, number));
  }

  private long ask(DesiredTx tx, DesiredDeployment job, JobRequest.Kind kind, long run, Call call) {
    return tx.addJobRequest(
        new JobRequest(
            0,
            job.key(),
            job.uid(),
            kind,
            run,
            call.actor(),
            deployments.now(),
            call.correlation()));
  }

  static JobRun find(StateReader state, DeploymentKey key, long number) {
    return state.jobRuns(key).stream()
        .filter(run -> run.number() == number)
        .findAny()
        .orElseThrow(
            () ->
                GyreException.notFound(
                    "run", number + " of " + key, "see what there is: gyre job history " + key));
  }

  static void requireJob(DesiredDeployment deployment) {
    if (!deployment.isJob()) {
      throw new GyreException(
          ErrorKind.UNSUPPORTED,
          "deployment.not_a_job",
          deployment.key() + " is a worker and has no runs",
          "only a deployment with kind: job has them");
    }
  }
}
