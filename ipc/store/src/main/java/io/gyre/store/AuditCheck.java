package io.gyre.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Checks the chain of the audit log, row by row in their order. One thread.
 *
 * <p>What it finds: a row that was changed, put in, taken out or moved, anywhere but at the end. A
 * row taken off the end, or a chain made anew from some row on, it finds by a head that was known
 * before.
 */
public final class AuditCheck {
  private static final int MOST = 20;

  private final @Nullable AuditHead anchor;
  private final List<String> problems = new ArrayList<>();
  private final List<String> gaps = new ArrayList<>();
  private AuditHead last;
  private long first;
  private long rows;
  private boolean anchored;

  /**
   * @param start what the rows that are kept follow
   * @param anchor an end that the log had at some time; null: none is known
   */
  public AuditCheck(AuditHead start, @Nullable AuditHead anchor) {
    this.last = start;
    this.anchor = anchor;
    this.anchored = anchor == null || anchor.seq() <= start.seq();
  }

  /** What the oldest row that is kept must follow: what the newest seal of it says. */
  public static Optional<AuditHead> start(StateReader state) {
    List<AuditRecord> oldest = state.audit(AuditQuery.after(0, 1));
    if (oldest.isEmpty() || oldest.getFirst().seq() == 1) {
      return Optional.of(AuditHead.NONE);
    }
    long through = oldest.getFirst().seq() - 1;
    return state.auditSeal(through).map(hash -> new AuditHead(through, hash));
  }

  public void row(AuditRecord row) {
    rows++;
    if (first == 0) {
      first = row.seq();
    }
    if (row.seq() != last.seq() + 1) {
      problem("row " + row.seq() + " follows row " + last.seq());
    }
    String hash = AuditChain.hash(last.hash(), row.seq(), row.entry(), row.through(), row.sealed());
    if (!hash.equals(row.hash())) {
      problem("row " + row.seq() + " was changed, or the one before it");
    }
    if (anchor != null && row.seq() == anchor.seq()) {
      anchored = true;
      if (!row.hash().equals(anchor.hash())) {
        problem("row " + row.seq() + " is not the one that was known by its hash");
      }
    }
    if (row.entry().kind() == AuditKind.GAP && gaps.size() < MOST) {
      gaps.add("row " + row.seq() + ": " + row.entry().detail());
    }
    last = new AuditHead(row.seq(), row.hash());
  }

  private void problem(String text) {
    if (problems.size() < MOST) {
      problems.add(text);
    }
  }

  /**
   * @param problems empty: the chain is whole
   * @param gaps where the log itself tells that its end was missing at some time
   */
  public record Verdict(
      long rows, long firstSeq, AuditHead head, List<String> problems, List<String> gaps) {}

  public Verdict verdict() {
    if (!anchored && anchor != null) {
      problem("the log ends with row " + last.seq() + ", and had " + anchor.seq() + " before");
    }
    return new Verdict(rows, first, last, List.copyOf(problems), List.copyOf(gaps));
  }
}
