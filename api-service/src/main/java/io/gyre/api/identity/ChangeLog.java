package io.gyre.api.identity;

import io.gyre.api.http.Call;
import io.gyre.model.ChangeRecord;
import io.gyre.store.DesiredTx;
import java.time.Instant;

/** Remembers changes of who may what, in their own transactions. */
final class ChangeLog {
  private ChangeLog() {}

  static void record(DesiredTx tx, Instant now, Call call, String verb, String detail) {
    var _ =
        tx.recordChange(
            new ChangeRecord(
                0, now, call.actor(), verb, null, null, 0, detail, call.correlation()));
  }
}
