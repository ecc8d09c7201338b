package io.gyre.api.deployment;

import io.gyre.store.RevisionRecord;
import java.time.Instant;

/**
 * @param current whether it is the one to run
 */
record RevisionView(
    long revision,
    boolean current,
    String specHash,
    Instant createdAt,
    String correlation,
    String actor) {
  static RevisionView of(RevisionRecord record, long current) {
    return new RevisionView(
        record.revision(),
        record.revision() == current,
        record.specHash(),
        record.createdAt(),
        record.correlation(),
        record.actor());
  }
}
