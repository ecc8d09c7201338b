package io.gyre.store;

import static io.gyre.store.Samples.CLOCK;
import static io.gyre.store.Samples.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceState;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Making, finding and refusing the file. */
class OpenComponentTest {
  @TempDir Path directory;

  @Test
  void whoReadsWaitsForWhoWrites() throws IOException {
    Path file = directory.resolve("gyre.db");
    assertNotReady(file);
    assertThat(file).as("a reader makes nothing").doesNotExist();
    Files.createFile(file);
    assertNotReady(file);
    Files.delete(file);
    try (Store api = Store.open(file, Component.API, CLOCK);
        Store host = Store.open(file, Component.RUNTIME, CLOCK)) {
      assertThat(api.migrationsApplied()).isEqualTo(Schema.VERSION);
      assertThat(host.read().schemaVersion()).isEqualTo(Schema.VERSION);
      api.desired().run(tx -> tx.putNamespace("a"));
      assertThat(host.read().namespaces()).hasSize(1);
    }
    try (Store again = Store.open(file, Component.RECONCILER, CLOCK)) {
      assertThat(again.migrationsApplied()).isZero();
    }
  }

  private static void assertNotReady(Path file) {
    GyreException thrown = refused(file, Component.RUNTIME);
    assertThat(thrown.code()).isEqualTo("store.not_ready");
    assertThat(thrown.kind()).isEqualTo(ErrorKind.UNAVAILABLE);
  }

  @Test
  void aNewerSchemaIsRefused() throws SQLException {
    Path file = directory.resolve("gyre.db");
    Store.open(file, Component.API, CLOCK).close();
    execute(file, "PRAGMA user_version = 99");
    for (Component owner : List.of(Component.API, Component.RECONCILER, Component.RUNTIME)) {
      GyreException thrown = refused(file, owner);
      assertThat(thrown.code()).isEqualTo("store.schema_newer");
      assertThat(thrown.kind()).isEqualTo(ErrorKind.CONFLICT);
      assertThat(thrown).hasMessageContaining("99").hasMessageContaining("" + Schema.VERSION);
      assertThat(thrown.hint()).contains("upgrade");
    }
  }

  @Test
  void threadsThatOpenAtOnce() throws Exception {
    Path file = directory.resolve("gyre.db");
    int threads = 8;
    CyclicBarrier start = new CyclicBarrier(threads);
    int applied = 0;
    try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
      List<Future<Integer>> opened = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        Component owner = i % 2 == 0 ? Component.API : Component.RECONCILER;
        Callable<Integer> open =
            () -> {
              start.await();
              try (Store store = Store.open(file, owner, CLOCK)) {
                return store.migrationsApplied();
              }
            };
        opened.add(executor.submit(open));
      }
      for (Future<Integer> future : opened) {
        applied += future.get();
      }
    }
    assertThat(applied).isEqualTo(Schema.VERSION);
  }

  @Test
  void onlyTheOwnerOfTheFilesSeesThem() throws IOException {
    Path file = directory.resolve("state/gyre.db");
    try (Store api = Store.open(file, Component.API, CLOCK);
        Store host = Store.open(file, Component.RUNTIME, CLOCK)) {
      api.desired().run(tx -> tx.putNamespace("a"));
      assertThat(host.read().namespaces()).hasSize(1);
      assertThat(permissions(directory.resolve("state"))).isEqualTo("rwx------");
      for (String name : List.of("gyre.db", "gyre.db-wal", "gyre.db-shm")) {
        assertThat(permissions(directory.resolve("state").resolve(name))).isEqualTo("rw-------");
      }
    }
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  @Test
  void anyNameWillDo() {
    Path file = directory.resolve("a b?c=d#e%20f;ü/g.db");
    for (int i = 1; i <= 2; i++) {
      String name = "n" + i;
      try (Store api = Store.open(file, Component.API, CLOCK);
          Store host = Store.open(file, Component.RUNTIME, CLOCK)) {
        api.desired().run(tx -> tx.putNamespace(name));
        assertThat(host.read().namespaces()).hasSize(i);
        assertThat(file).isRegularFile();
        assertThat(api.stats().walBytes()).isPositive();
      }
    }
  }

  @Test
  void whatIsNoDatabaseIsReported() throws IOException {
    Path file =
        Files.writeString(directory.resolve("gyre.db"), "this is no database\n".repeat(500));
    for (Component owner : List.of(Component.API, Component.RUNTIME)) {
      GyreException thrown = refused(file, owner);
      assertThat(thrown.code()).isEqualTo("store.corrupt");
      assertThat(thrown.kind()).isEqualTo(ErrorKind.INTERNAL);
      assertThat(thrown.hint()).contains("gyre doctor");
    }
  }

  @Test
  void damageIsFound() throws IOException {
    Path file = directory.resolve("gyre.db");
    try (Store store = Store.open(file, Component.RECONCILER, CLOCK)) {
      store
          .observed()
          .run(
              tx -> {
                for (int i = 0; i < 500; i++) {
                  tx.appendEvent(Samples.event(NOW, "x".repeat(500)));
                }
              });
      store.checkpoint();
    }
    try (RandomAccessFile damage = new RandomAccessFile(file.toFile(), "rw")) {
      for (long page = damage.length() / 4096 - 20; page < damage.length() / 4096; page++) {
        damage.seek(page * 4096);
        damage.write(new byte[] {'b', 'a', 'd', 'b', 'a', 'd', 'b', 'a', 'd'});
      }
    }
    try (Store store = Store.open(file, Component.RECONCILER, CLOCK)) {
      assertThat(store.integrityCheck()).isNotEqualTo("ok").isNotBlank();
      assertThatThrownBy(() -> store.read().events(EventQuery.after(0, 1000)))
          .isInstanceOfSatisfying(
              GyreException.class, e -> assertThat(e.code()).isEqualTo("store.corrupt"));
    }
  }

  @Test
  void aDirectoryThatCannotBeMadeIsReported() throws IOException {
    Path blocker = Files.writeString(directory.resolve("blocker"), "");
    GyreException thrown = refused(blocker.resolve("sub/gyre.db"), Component.API);
    assertThat(thrown.code()).isEqualTo("store.not_accessible");
    GyreException isDirectory =
        refused(Files.createDirectory(directory.resolve("dir.db")), Component.API);
    assertThat(isDirectory.code()).isEqualTo("store.not_accessible");
  }

  @Test
  void whatANewerProcessWroteIsReadOrReported() throws SQLException {
    Path file = directory.resolve("gyre.db");
    try (Store store = Store.open(file, Component.RECONCILER, CLOCK)) {
      store
          .observed()
          .run(
              tx -> {
                tx.putInstance(Samples.fullInstance("web-222222", Samples.WEB, 1));
                tx.appendEvent(Samples.event(NOW, "a"));
              });
      execute(file, "UPDATE instance SET state = 'SLEEPING'");
      execute(file, "UPDATE event SET level = 'LOUD'");
      assertThat(store.read().instances(null, null, null, 1))
          .extracting(InstanceRecord::state)
          .containsExactly(InstanceState.UNKNOWN);
      assertThatThrownBy(() -> store.read().events(EventQuery.after(0, 1)))
          .isInstanceOfSatisfying(
              GyreException.class, e -> assertThat(e.code()).isEqualTo("store.failed"))
          .hasMessageContaining("LOUD");
    }
  }

  @Test
  void theSupervisorHasNoState() {
    assertThatThrownBy(() -> Store.open(directory.resolve("gyre.db"), Component.SUPERVISOR, CLOCK))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void desiredStateIsSyncedAndReadersCannotWrite() {
    Path file = directory.resolve("gyre.db");
    Store.open(file, Component.API, CLOCK).close();
    Connections connections = new Connections(file);
    try (Handle desired = connections.writer(true).handle();
        Handle observed = connections.writer(false).handle();
        Handle reader = connections.reader(false);
        Handle host = connections.reader(true)) {
      assertThat(pragma(desired, "synchronous")).as("FULL").isEqualTo(2);
      assertThat(pragma(observed, "synchronous")).as("NORMAL").isEqualTo(1);
      assertThat(pragma(desired, "foreign_keys")).isEqualTo(1);
      for (Handle handle : List.of(reader, host)) {
        assertThatThrownBy(() -> handle.execute("DELETE FROM namespace"))
            .hasMessageContaining("readonly");
      }
    }
  }

  private static long pragma(Handle handle, String name) {
    return handle.select("PRAGMA " + name).map(Rows.NUMBER).one();
  }

  @Test
  void queriesUseTheirIndexes() {
    Path file = directory.resolve("gyre.db");
    Store.open(file, Component.API, CLOCK).close();
    try (Handle handle = new Connections(file).reader(true)) {
      for (String sql :
          List.of(
              "SELECT * FROM event WHERE seq > 1 AND instance = 'a' ORDER BY seq LIMIT 1",
              "SELECT * FROM event WHERE seq > 1 AND correlation = 'a' ORDER BY seq DESC LIMIT 1",
              "SELECT * FROM event WHERE seq > 1 AND deployment = 'a' AND namespace = 'b'"
                  + " ORDER BY seq LIMIT 1",
              "SELECT * FROM event WHERE seq > 1 AND +namespace = 'b' ORDER BY seq LIMIT 1",
              "SELECT * FROM instance WHERE namespace = 'a' AND deployment = 'b' AND id > 'c'"
                  + " ORDER BY id LIMIT 1",
              "SELECT * FROM change WHERE namespace = 'a' AND name = 'b' ORDER BY seq DESC LIMIT 1",
              "SELECT * FROM change WHERE correlation = 'a' ORDER BY seq DESC LIMIT 1",
              "SELECT * FROM deployment WHERE (namespace, name) > ('a', 'b')"
                  + " ORDER BY namespace, name LIMIT 1",
              "SELECT * FROM token WHERE sha256 = 'a'")) {
        List<String> plan =
            handle
                .select("EXPLAIN QUERY PLAN " + sql)
                .map((row, context) -> row.getString("detail"))
                .list();
        assertThat(plan).as(sql).hasSize(1).allMatch(step -> step.startsWith("SEARCH "));
      }
    }
  }

  private static GyreException refused(Path file, Component owner) {
    GyreException thrown =
        catchThrowableOfType(GyreException.class, () -> Store.open(file, owner, CLOCK).close());
    assertThat(thrown).isNotNull();
    return thrown;
  }

  private static void execute(Path file, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
