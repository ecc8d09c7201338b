package io.gyre.api.audit;

import io.gyre.model.ChangeRecord;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.store.AuditCheck;
import io.gyre.store.AuditEntry;
import io.gyre.store.AuditHead;
import io.gyre.store.AuditKind;
import io.gyre.store.AuditQuery;
import io.gyre.store.AuditRecord;
import io.gyre.store.DesiredTx;
import io.gyre.store.Store;
import io.gyre.store.Witness;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the audit log. Any thread.
 *
 * <pre>
 * a change            its entries are part of its transaction: both or none
 * a command           its entry is on the disk before it starts
 * all else            is written a moment later, alike ones counted; a kill may lose those
 * </pre>
 */
public final class AuditLog implements Witness, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AuditLog.class);
  private static final int PAGE = 1000;
  private static final int NAMED = 20;

  /** What waits to be written while the database can't be; beyond, entries are lost and told of. */
  private static final int MOST_WAITING = 2000;

  private record Group(String actor, @Nullable String namespace, String correlation) {}

  private final Store store;
  private final Clock clock;
  private final Path anchorFile;
  private final AuditAnchor anchor;
  private final ScheduledExecutorService later;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition appended = lock.newCondition();
  private final Tally tally = new Tally();
  private List<AuditEntry> waiting = new ArrayList<>();
  private boolean writing;
  private boolean timed;
  private long lost;
  private long newest;
  private long told;
  private boolean streamsEnd;
  private boolean closed;

  private AuditLog(
      Store store,
      Clock clock,
      Path anchorFile,
      AuditAnchor anchor,
      ScheduledExecutorService later) {
    this.store = store;
    this.clock = clock;
    this.anchorFile = anchorFile;
    this.anchor = anchor;
    this.later = later;
  }

  /**
   * Goes on where the log ends. Where it ends otherwise than it did before, that becomes an entry.
   *
   * @param later runs what needn't be done at once; its end ends that
   */
  public static AuditLog open(
      Store store, Clock clock, Path anchorFile, ScheduledExecutorService later)
      throws IOException {
    Optional<AuditHead> known = AuditAnchor.read(anchorFile);
    AuditHead head = store.read().auditHead();
    Optional<String> gap = gap(store, known, head);
    AuditLog audit = new AuditLog(store, clock, anchorFile, AuditAnchor.open(anchorFile), later);
    audit.newest = head.seq();
    store.witness(audit);
    if (gap.isPresent()) {
      log.warn("the audit log has a gap: {}", gap.get());
      audit.append(audit.own(AuditKind.GAP, gap.get()));
    } else {
      audit.anchor.write(head);
    }
    audit.tellHead();
    return audit;
  }

  private static Optional<String> gap(Store store, Optional<AuditHead> known, AuditHead head) {
    if (known.isEmpty()) {
      return head.seq() == 0
          ? Optional.empty()
          : Optional.of("the file that knows the end of the log is missing or unreadable");
    }
    AuditHead before = known.get();
    if (before.seq() > head.seq()) {
      return Optional.of(
          "the log had "
              + before.seq()
              + " rows, the last with the hash "
              + before.hash()
              + ", and had "
              + head.seq()
              + " when the API started: rows were removed, or an older database was put in place");
    }
    List<AuditRecord> row = store.read().audit(AuditQuery.after(before.seq() - 1, 1));
    boolean differs =
        before.seq() > 0
            && !row.isEmpty()
            && row.getFirst().seq() == before.seq()
            && !row.getFirst().hash().equals(before.hash());
    return differs
        ? Optional.of(
            "row "
                + before.seq()
                + " had the hash "
                + before.hash()
                + " before, and now has another")
        : Optional.empty();
  }

  private AuditEntry own(AuditKind kind, String detail) {
    return new AuditEntry(now(), kind, "gyre", "", "", "", "", null, 0, "", 1, detail, "");
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }

  @Override
  public void beforeCommit(DesiredTx tx, List<ChangeRecord> changes) {
    Trail trail = Trail.current();
    if (trail == null) {
      changes.stream()
          .collect(
              Collectors.groupingBy(
                  each -> new Group(each.actor(), each.namespace(), each.correlation()),
                  LinkedHashMap::new,
                  Collectors.toList()))
          .forEach((group, of) -> tx.appendAudit(byItself(group, of)));
      return;
    }
    if (changes.isEmpty() && (trail.reads() || trail.stranger())) {
      // Of who has used what last, and of failed logins.
      return;
    }
    Map<Optional<String>, List<ChangeRecord>> byNamespace =
        changes.stream()
            .collect(
                Collectors.groupingBy(
                    each -> Optional.ofNullable(each.namespace()),
                    LinkedHashMap::new,
                    Collectors.toList()));
    if (byNamespace.isEmpty()) {
      byNamespace.put(Optional.ofNullable(trail.namespace()), List.of());
    }
    byNamespace.forEach(
        (namespace, of) ->
            tx.appendAudit(
                trail.entry(now(), AuditKind.CHANGE, namespace.orElse(null), 0, "", words(of))));
  }

  private AuditEntry byItself(Group group, List<ChangeRecord> changes) {
    return new AuditEntry(
        now(),
        AuditKind.CHANGE,
        group.actor(),
        "",
        "",
        "",
        "",
        group.namespace(),
        0,
        "",
        1,
        words(changes),
        group.correlation());
  }

  private static String words(List<ChangeRecord> changes) {
    String named =
        changes.stream()
            .limit(NAMED)
            .map(
                each ->
                    each.verb()
                        + (each.name() == null ? "" : " " + each.name())
                        + ": "
                        + each.detail())
            .collect(Collectors.joining("; "));
    return changes.size() > NAMED ? named + "; and " + (changes.size() - NAMED) + " more" : named;
  }

  @Override
  public void committed(AuditHead head) {
    anchor.write(head);
    Trail trail = Trail.current();
    if (trail != null) {
      trail.committed();
    }
    lock.lock();
    try {
      newest = Math.max(newest, head.seq());
      appended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void append(AuditEntry entry) {
    store.desired().run(tx -> tx.appendAudit(entry));
  }

  /**
   * Notes that a command is about to be run.
   *
   * @throws GyreException where that can't be noted; then it must not run
   */
  public void exec(
      ContainerRequestContext request,
      String namespace,
      InstanceId instance,
      List<String> command) {
    if (request.getProperty(Trail.PROPERTY) instanceof Trail trail) {
      String words = instance.value() + ": " + Commands.words(command);
      append(trail.entry(now(), AuditKind.EXEC, namespace, 0, "", words));
      trail.committed();
    } else {
      throw new IllegalStateException("a request without a trail");
    }
  }

  /**
   * The request is answered.
   *
   * @param claimed the name with which somebody logs in; empty: nobody does
   */
  void answered(Trail trail, int status, String code, String claimed) {
    boolean denied = status == 401 || status == 403 || status == 429;
    AuditKind kind;
    if (denied) {
      kind = AuditKind.DENIED;
    } else if (status >= 500 || (status >= 400 && !trail.reads())) {
      kind = AuditKind.FAILED;
    } else if (trail.written() || status >= 400) {
      return;
    } else if (!claimed.isEmpty()) {
      note(trail.entry(now(), AuditKind.LOGIN, null, status, code, "").by("user:" + claimed));
      return;
    } else if (!trail.reads()) {
      kind = AuditKind.UNCHANGED;
    } else if (trail.noteworthy()) {
      kind = AuditKind.ACCESS;
    } else {
      return;
    }
    String detail = claimed.isEmpty() ? "" : "as " + claimed;
    note(trail.entry(now(), kind, trail.namespace(), status, code, detail));
  }

  /** Writes it soon, or counts it. */
  void note(AuditEntry entry) {
    lock.lock();
    try {
      tally.add(entry, now()).ifPresent(this::enqueue);
      startWriting();
      startTimer();
    } finally {
      lock.unlock();
    }
  }

  private void enqueue(AuditEntry entry) {
    if (waiting.size() < MOST_WAITING) {
      waiting.add(entry);
    } else {
      lost++;
    }
  }

  private void startWriting() {
    if (!writing && !waiting.isEmpty()) {
      writing = schedule(this::write, Duration.ZERO);
    }
  }

  private void startTimer() {
    if (!timed && !closed) {
      tally.next().ifPresent(end -> timed = schedule(this::timer, Duration.between(now(), end)));
    }
  }

  private boolean schedule(Runnable work, Duration delay) {
    try {
      var _ = later.schedule(work, Math.max(0, delay.toMillis()), TimeUnit.MILLISECONDS);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  private void timer() {
    lock.lock();
    try {
      timed = false;
      tally.due(now()).forEach(this::enqueue);
      startWriting();
      startTimer();
    } finally {
      lock.unlock();
    }
  }

  private void write() {
    List<AuditEntry> batch;
    lock.lock();
    try {
      batch = waiting;
      waiting = new ArrayList<>();
      if (lost > 0) {
        batch.add(own(AuditKind.GAP, "could not be written, and is lost").times(lost, lostWords()));
        lost = 0;
      }
    } finally {
      lock.unlock();
    }
    try {
      if (!batch.isEmpty()) {
        store.desired().run(tx -> batch.forEach(tx::appendAudit));
      }
      written(List.of());
    } catch (RuntimeException e) {
      log.warn("{} entries of the audit log wait to be written: {}", batch.size(), e.toString());
      written(batch);
    }
  }

  private String lostWords() {
    return lost + " entries could not be written while the database failed, and are lost";
  }

  private void written(List<AuditEntry> failed) {
    lock.lock();
    try {
      List<AuditEntry> after = waiting;
      waiting = new ArrayList<>(failed);
      after.forEach(this::enqueue);
      writing =
          !waiting.isEmpty()
              && !closed
              && schedule(this::write, failed.isEmpty() ? Duration.ZERO : Duration.ofSeconds(5));
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there may be a row after this one, or the time is over, or all ends. */
  void awaitAfter(long seq, Duration limit) throws InterruptedException {
    long left = limit.toNanos();
    lock.lockInterruptibly();
    try {
      while (!streamsEnd && newest <= seq && left > 0) {
        left = appended.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  boolean streamsEnd() {
    lock.lock();
    try {
      return streamsEnd;
    } finally {
      lock.unlock();
    }
  }

  /** Reads all of it; what is appended meanwhile may or may not be among it. */
  AuditCheck.Verdict verify() {
    Optional<AuditHead> known = AuditAnchor.read(anchorFile);
    AuditCheck.Verdict verdict = verify(known);
    // Rows may have been sealed and removed while it read.
    return verdict.problems().isEmpty() ? verdict : verify(AuditAnchor.read(anchorFile));
  }

  private AuditCheck.Verdict verify(Optional<AuditHead> known) {
    Optional<AuditHead> start = store.snapshot(AuditCheck::start);
    if (start.isEmpty()) {
      AuditHead head = store.read().auditHead();
      return new AuditCheck.Verdict(
          0, 0, head, List.of("the oldest rows are missing, and no later row says why"), List.of());
    }
    AuditCheck check = new AuditCheck(start.get(), known.orElse(null));
    long seen = start.get().seq();
    while (true) {
      List<AuditRecord> page = store.read().audit(AuditQuery.after(seen, PAGE));
      page.forEach(check::row);
      if (page.size() < PAGE) {
        return check.verdict();
      }
      seen = page.getLast().seq();
    }
  }

  /** Seals and removes old rows; tells the end of the log where it is another than before. */
  public void sweep(int keepNewest, Duration keepFor) {
    int removed;
    do {
      removed =
          store.desired().transact(tx -> tx.sealAudit(keepNewest, clock.instant().minus(keepFor)));
      if (removed > 0) {
        log.info("{} old rows of the audit log are sealed and removed", removed);
      }
    } while (removed >= SWEPT_AT_ONCE);
    tellHead();
  }

  private static final int SWEPT_AT_ONCE = 20_000;

  /** Where logs are kept elsewhere, this proves more than the file beside the database. */
  private void tellHead() {
    AuditHead head = store.read().auditHead();
    if (head.seq() > told) {
      told = head.seq();
      log.info("the audit log ends with row {}, {}", head.seq(), head.hash());
    }
  }

  /** Wakes who watches; they see {@link #streamsEnd}. */
  public void endStreams() {
    lock.lock();
    try {
      streamsEnd = true;
      appended.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Writes what waits. */
  @Override
  public void close() throws IOException {
    List<AuditEntry> rest;
    lock.lock();
    try {
      closed = true;
      rest = waiting;
      rest.addAll(tally.rest());
      waiting = new ArrayList<>();
    } finally {
      lock.unlock();
    }
    try {
      if (!rest.isEmpty()) {
        store.desired().run(tx -> rest.forEach(tx::appendAudit));
      }
    } catch (RuntimeException e) {
      log.warn("{} entries of the audit log are lost: {}", rest.size(), e.toString());
    } finally {
      anchor.close();
    }
  }
}
