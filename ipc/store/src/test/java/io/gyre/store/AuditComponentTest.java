package io.gyre.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.model.ChangeRecord;
import io.gyre.model.Component;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuditComponentTest {
  @TempDir Path directory;
  private Path file;
  private Store api;

  @BeforeEach
  void open() {
    file = directory.resolve("gyre.db");
    api = Store.open(file, Component.API, Samples.CLOCK);
  }

  @AfterEach
  void close() {
    api.close();
  }

  private static AuditEntry entry(String detail) {
    return new AuditEntry(
        Samples.NOW,
        AuditKind.CHANGE,
        "ann",
        "10.0.0.7",
        "POST",
        "/v1/apply",
        "/v1/apply",
        "shop",
        200,
        "",
        1,
        detail,
        "c-1");
  }

  private AuditHead append(String... details) {
    return api.desired()
        .transact(
            tx -> {
              AuditHead head = AuditHead.NONE;
              for (String detail : details) {
                head = tx.appendAudit(entry(detail));
              }
              return head;
            });
  }

  private AuditCheck.Verdict check(@Nullable AuditHead anchor) {
    AuditHead start = api.snapshot(AuditCheck::start).orElseThrow();
    AuditCheck check = new AuditCheck(start, anchor);
    api.read().audit(AuditQuery.after(0, 10_000)).forEach(check::row);
    return check.verdict();
  }

  private void sql(String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (String each : statements) {
        statement.execute(each);
      }
    }
  }

  /** What is hashed never changes: chains of older versions must stay whole. */
  @Test
  void theCanonicalFormIsKept() {
    assertThat(AuditChain.hash(AuditHead.NONE.hash(), 1, entry("grüße: 1,2"), null, null))
        .isEqualTo("813780b1e50b0f56305930fb27ebf656050be1ff1649d7721be2ed0560e8f2a2");
    assertThat(AuditChain.hash("ab", 7, entry(""), 6L, "cd"))
        .isEqualTo("1ac75fdf122003fbe217167fdfef093beb3ae2a3d7be4ca102427e0d4c3a7fad");
  }

  @Test
  void fieldsCannotFlowIntoEachOther() {
    AuditEntry a = entry("x");
    AuditEntry b =
        new AuditEntry(
            a.at(),
            a.kind(),
            a.actor() + a.address(),
            "",
            a.method(),
            a.route(),
            a.path(),
            a.namespace(),
            a.status(),
            a.code(),
            a.count(),
            a.detail(),
            a.correlation());
    assertThat(AuditChain.hash("", 1, a, null, null))
        .isNotEqualTo(AuditChain.hash("", 1, b, null, null));
  }

  @Test
  void whatIsReadIsWhatWasHashedWhateverTheTextsHold() {
    AuditHead head =
        append("plain", "a\u0000b\nc", "lone \ud800 half", "ü€😀", "😀".repeat(3000), "");
    assertThat(check(head)).isEqualTo(new AuditCheck.Verdict(6, 1, head, List.of(), List.of()));
    assertThat(api.read().audit(AuditQuery.after(4, 1)).getFirst().entry().detail())
        .hasSizeLessThanOrEqualTo(AuditEntry.MAX_DETAIL)
        .endsWith("…");
  }

  @Test
  void theDatabaseRefusesToChangeIt() throws Exception {
    append("a", "b");
    for (String each :
        List.of(
            "UPDATE audit SET detail = 'x' WHERE seq = 1",
            "DELETE FROM audit WHERE seq = 2",
            "DELETE FROM audit",
            "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 1",
            "INSERT INTO audit SELECT 9, at, kind, actor, address, method, route, path, namespace,"
                + " status, code, count, detail, correlation, through, sealed, hash FROM audit"
                + " WHERE seq = 1")) {
      assertThatThrownBy(() -> sql(each)).as(each).hasMessageContaining("the audit log");
    }
    assertThat(check(null).problems()).isEmpty();
  }

  @Test
  void whoGoesRoundTheTriggersIsNoticed() throws Exception {
    AuditHead head = append("a", "b", "c", "d");
    sql("DROP TRIGGER audit_is_never_changed", "DROP TRIGGER audit_is_kept");
    sql("DROP TRIGGER audit_is_gapless");
    sql("UPDATE audit SET actor = 'bob' WHERE seq = 2");
    assertThat(check(head).problems()).containsExactly("row 2 was changed, or the one before it");
    sql("UPDATE audit SET actor = 'ann' WHERE seq = 2");
    assertThat(check(head).problems()).isEmpty();
    sql("DELETE FROM audit WHERE seq = 3");
    assertThat(check(head).problems())
        .containsExactly("row 4 follows row 2", "row 4 was changed, or the one before it");
    sql("DELETE FROM audit WHERE seq = 4");
    // The chain alone can't know of what is missing at its end.
    assertThat(check(null).problems()).isEmpty();
    assertThat(check(head).problems()).containsExactly("the log ends with row 2, and had 4 before");
    sql("DELETE FROM audit WHERE seq = 1");
    assertThat(api.snapshot(AuditCheck::start)).isEmpty();
  }

  @Test
  void aChainThatWasMadeAnewIsNoticedByItsEnd() throws Exception {
    AuditHead head = append("a", "b");
    sql("DROP TRIGGER audit_is_kept", "DELETE FROM audit");
    append("a", "something else", "c");
    assertThat(check(null).problems()).isEmpty();
    assertThat(check(head).problems())
        .containsExactly("row 2 is not the one that was known by its hash");
  }

  @Test
  void oldRowsGoAndTheChainStaysWhole() {
    append("a", "b", "c", "d", "e");
    assertThat(seal(3)).isEqualTo(2);
    List<AuditRecord> rows = api.read().audit(AuditQuery.after(0, 100));
    assertThat(rows).extracting(AuditRecord::seq).containsExactly(3L, 4L, 5L, 6L);
    assertThat(rows.getLast().entry().kind()).isEqualTo(AuditKind.SEAL);
    assertThat(rows.getLast().through()).isEqualTo(2);
    assertThat(check(new AuditHead(4, rows.get(1).hash())).problems()).isEmpty();
    // The seals of seals: the next one removes what the last one leans on.
    append("f", "g", "h");
    assertThat(seal(1)).isEqualTo(6);
    assertThat(check(null)).matches(verdict -> verdict.problems().isEmpty() && verdict.rows() == 2);
    assertThat(seal(100)).isZero();
    assertThat(check(null).rows()).isEqualTo(2);
  }

  @Test
  void rowsGoByTheirAge() {
    append("a", "b");
    assertThat(api.desired().<Integer>transact(tx -> tx.sealAudit(100, Samples.NOW.plusSeconds(1))))
        .isEqualTo(2);
    assertThat(check(null).rows()).isEqualTo(1);
  }

  private int seal(int keep) {
    return api.desired().transact(tx -> tx.sealAudit(keep, Samples.NOW.minusSeconds(60)));
  }

  @Test
  void aWitnessIsPartOfTheTransaction() {
    List<String> seen = new ArrayList<>();
    api.witness(
        new Witness() {
          @Override
          public void beforeCommit(DesiredTx tx, List<ChangeRecord> changes) {
            seen.add(changes.size() + " changes");
            AuditHead _ = tx.appendAudit(entry("by the witness"));
          }

          @Override
          public void committed(AuditHead head) {
            seen.add("row " + head.seq());
          }
        });
    api.desired().run(tx -> tx.recordChange(Samples.change(1)));
    api.desired().run(tx -> assertThat(tx.namespaces()).isEmpty());
    assertThatThrownBy(
            () ->
                api.desired()
                    .run(
                        tx -> {
                          tx.recordChange(Samples.change(2));
                          throw new IllegalStateException("no");
                        }))
        .hasMessage("no");
    assertThat(seen).containsExactly("1 changes", "row 1");
    assertThat(api.read().auditHead().seq()).isEqualTo(1);
  }

  @Test
  void rowsAreFoundByWhatIsAskedFor() {
    append("a");
    api.desired()
        .run(
            tx ->
                tx.appendAudit(
                    new AuditEntry(
                        Samples.NOW.plusSeconds(5),
                        AuditKind.DENIED,
                        "",
                        "10.0.0.9",
                        "GET",
                        "",
                        "",
                        null,
                        401,
                        "auth.invalid",
                        3,
                        "",
                        "c-2")));
    assertThat(found("shop", null, null, 0)).containsExactly(1L);
    assertThat(found(null, "ann", null, 0)).containsExactly(1L);
    assertThat(found(null, null, AuditKind.DENIED, 0)).containsExactly(2L);
    assertThat(found(null, null, null, 5)).containsExactly(2L);
    assertThat(found(null, null, null, 6)).isEmpty();
    assertThat(found(null, null, null, 0)).containsExactly(2L, 1L);
  }

  private List<Long> found(
      @Nullable String namespace, @Nullable String actor, @Nullable AuditKind kind, long since) {
    return api
        .read()
        .audit(
            new AuditQuery(
                0,
                9,
                namespace,
                actor,
                kind,
                since == 0 ? null : Samples.NOW.plusSeconds(since),
                true))
        .stream()
        .map(AuditRecord::seq)
        .toList();
  }
}
