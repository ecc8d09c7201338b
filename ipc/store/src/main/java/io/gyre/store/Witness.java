package io.gyre.store;

import io.gyre.model.ChangeRecord;
import java.util.List;

/** Sees every transaction on the desired state; on the thread that runs it. */
public interface Witness {
  Witness NONE =
      new Witness() {
        @Override
        public void beforeCommit(DesiredTx tx, List<ChangeRecord> changes) {}

        @Override
        public void committed(AuditHead head) {}
      };

  /**
   * The work of a transaction that changed something is done; what this throws rolls it back.
   *
   * @param changes that the work recorded; may be none
   */
  void beforeCommit(DesiredTx tx, List<ChangeRecord> changes);

  /** A transaction that appended to the audit log is on the disk. */
  void committed(AuditHead head);
}
