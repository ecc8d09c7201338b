package io.gyre.model;

/** A worker runs until it is stopped; a job runs to its end. */
public enum WorkloadKind {
  WORKER,
  JOB
}
