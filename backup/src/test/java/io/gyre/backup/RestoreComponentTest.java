package io.gyre.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.component.PendingRestore;
import io.gyre.component.StoppedHome;
import io.gyre.store.Store;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A backup of one data root, brought back to others: whole or not at all. */
@Timeout(60)
final class RestoreComponentTest {
  @TempDir private Path directory;
  private Path file;
  private BackupRoot origin;

  @BeforeEach
  void backUp() throws IOException {
    file = directory.resolve("b.zip");
    origin = BackupRoot.with(directory.resolve("origin"), "old");
    assertThat(origin.run("create", file)).as(origin.said()).isZero();
  }

  private BackupRoot elsewhere() {
    return new BackupRoot(directory.resolve("elsewhere"));
  }

  @Test
  void isForItsOwnerAloneAndNeverReplacedUnasked() throws IOException {
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(origin.run("create", file)).isEqualTo(5);
    assertThat(origin.said()).contains("exists already", "--force");
    assertThat(origin.run("create", file, "--force")).isZero();
    try (Stream<Path> beside = Files.list(directory)) {
      assertThat(beside).containsExactlyInAnyOrder(file, origin.home.root());
    }
  }

  @Test
  void isTakenWhileOthersWrite() {
    try (Store store = origin.open()) {
      store
          .desired()
          .run(
              tx -> {
                tx.putNamespace("not-yet");
                assertThat(origin.run("create", file, "--force")).isZero();
              });
    }
    BackupRoot root = elsewhere();
    assertThat(root.run("restore", file, "--as-copy")).as(root.said()).isZero();
    assertThat(root.namespaces()).containsExactly("old");
  }

  @Test
  void bringsBackAllOfIt() throws IOException {
    String id = origin.home.hostId();
    PendingRestore.delete(origin.home.root());
    BackupRoot root = elsewhere();
    assertThat(root.run("restore", file)).as(root.said()).isZero();
    assertThat(root.said()).contains("administrator's token");
    assertThat(root.namespaces()).containsExactly("old");
    assertThat(root.plugin()).isEqualTo("old");
    assertThat(root.config()).contains("old");
    assertThat(root.home.hostId()).as("containers are its own").isEqualTo(id);
    assertThat(Files.readString(root.home.adminTokenFile()).strip()).matches("gyre_[a-z0-9]{40}");
  }

  @Test
  void aCopyIsAnotherHost() {
    BackupRoot root = elsewhere();
    assertThat(root.run("restore", file)).isEqualTo(5);
    assertThat(root.said()).contains("fight over the same workloads", "--as-copy");
    assertThat(root.run("restore", file, "--as-copy")).isZero();
    assertThat(root.home.hostId()).isNotEqualTo(origin.home.hostId());
  }

  @Test
  void replacesAStateOnlyWhenForcedAndKeepsItAside() throws IOException {
    origin.put("newer");
    assertThat(origin.run("restore", file)).isEqualTo(5);
    assertThat(origin.namespaces()).contains("newer");
    Files.writeString(origin.home.plugins().resolve("q.jar"), "later");
    assertThat(origin.run("restore", file, "--force")).as(origin.said()).isZero();
    assertThat(origin.namespaces()).containsExactly("old");
    assertThat(origin.home.plugins().resolve("q.jar")).doesNotExist();
    try (Stream<Path> all = Files.list(origin.home.root())) {
      Path aside =
          all.filter(path -> path.getFileName().toString().startsWith("replaced-"))
              .findFirst()
              .orElseThrow();
      assertThat(aside.resolve("data/gyre.db")).exists();
      assertThat(aside.resolve("plugins/q.jar")).exists();
    }
  }

  @Test
  void keysAreInItOnlyUnderAPassphrase() throws IOException {
    Path phrase = directory.resolve("phrase");
    Path wrong = directory.resolve("wrong");
    Files.writeString(phrase, "correct horse battery\n");
    Files.writeString(wrong, "incorrect horse battery\n");
    assertThat(origin.run("create", file, "--force", "--with-keys", phrase.toString()))
        .isEqualTo(4);
    assertThat(origin.said()).contains("there are no keys");
    Path keys = origin.home.root().resolve("keys/kek");
    Files.createDirectories(keys.getParent());
    Files.writeString(keys, "the-key\n");
    assertThat(origin.run("create", file, "--force")).isZero();
    assertThat(origin.said()).contains("keys are not in it", keys.toString());
    assertThat(origin.run("create", file, "--force", "--with-keys", phrase.toString())).isZero();
    assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
        .doesNotContain("the-key");
    BackupRoot root = elsewhere();
    assertThat(root.run("restore", file, "--as-copy", "--with-keys", wrong.toString()))
        .isEqualTo(1);
    assertThat(root.home.database()).doesNotExist();
    assertThat(root.run("restore", file, "--as-copy", "--with-keys", phrase.toString()))
        .as(root.said())
        .isZero();
    assertThat(root.home.root().resolve("keys/kek")).hasContent("the-key");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(root.home.root().resolve("keys/kek"))))
        .isEqualTo("rw-------");
  }

  @Test
  void isRefusedWhileGyreRuns() {
    try (StoppedHome _ = StoppedHome.of(origin.home)) {
      assertThat(origin.run("restore", file, "--force")).isEqualTo(5);
      assertThat(origin.said()).contains("Gyre runs on", "gyre down");
    }
  }

  @Test
  void leavesAConfigurationThatIsToStay() throws IOException {
    BackupRoot root = elsewhere();
    Files.createDirectories(root.home.root());
    Files.writeString(root.home.configFile(), "api: { port: 0 }\n");
    assertThat(root.run("restore", file, "--as-copy", "--keep-config")).as(root.said()).isZero();
    assertThat(root.config()).contains("port: 0");
    assertThat(root.home.root().resolve("gyre.yaml.restored")).content().contains("old");
  }

  @Test
  void everythingThatIsWrongIsSaidAndNothingChanged() throws IOException {
    change("plugins/p.jar", "other");
    change("data/gyre.db", "no database");
    add("../evil", "x");
    BackupRoot root = elsewhere();
    assertThat(root.run("verify", file)).isEqualTo(1);
    assertThat(root.said())
        .contains("plugins/p.jar: it is not what was backed up")
        .contains("data/gyre.db: it is not what was backed up")
        .contains("../evil: the manifest doesn't know it");
    assertThat(root.run("restore", file, "--as-copy")).isEqualTo(1);
    assertThat(root.home.database()).doesNotExist();
    assertThat(directory.resolve("evil")).doesNotExist();
    assertThat(PendingRestore.staging(root.home)).doesNotExist();
  }

  @Test
  void oneThatWasCutOffIsNone() throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int length : List.of(0, 100, bytes.length / 2, bytes.length - 1)) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThat(elsewhere().run("verify", file)).as("%d bytes", length).isEqualTo(1);
    }
  }

  @Test
  void aDatabaseThatIsNewerOrNoneOfGyreIsRefused() throws Exception {
    try (Store _ = origin.open();
        Connection connection = connect()) {
      execute(connection, "PRAGMA user_version = 9999");
    }
    assertThat(origin.run("create", file, "--force")).isZero();
    assertThat(elsewhere().run("verify", file)).isEqualTo(1);
    BackupRoot root = elsewhere();
    assertThat(root.run("restore", file, "--as-copy")).isEqualTo(1);
    assertThat(root.said()).contains("schema version 9999", "use the version of gyre");
    try (Connection connection = connect()) {
      execute(connection, "PRAGMA application_id = 7");
    }
    assertThat(origin.run("create", file, "--force")).isZero();
    assertThat(root.run("restore", file, "--as-copy")).isEqualTo(1);
    assertThat(root.said()).contains("no database of gyre");
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + origin.home.database());
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void change(String name, String text) throws IOException {
    try (FileSystem zip = FileSystems.newFileSystem(file)) {
      Files.writeString(zip.getPath(name), text);
    }
  }

  private void add(String name, String text) throws IOException {
    Path changed = directory.resolve("changed.zip");
    try (FileSystem zip = FileSystems.newFileSystem(file);
        Stream<Path> all = Files.walk(zip.getPath("/"));
        OutputStream out = Files.newOutputStream(changed);
        ZipOutputStream copy = new ZipOutputStream(out)) {
      for (Path entry : all.filter(Files::isRegularFile).toList()) {
        copy.putNextEntry(new ZipEntry(entry.toString().substring(1)));
        Files.copy(entry, copy);
      }
      copy.putNextEntry(new ZipEntry(name));
      copy.write(text.getBytes(StandardCharsets.UTF_8));
    }
    Files.move(changed, file, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Killed at each step: the next process on the data root finds the old state or the new one. */
  @ParameterizedTest
  @ValueSource(
      strings = {"restore.staged", "restore.decided", "restore.moved_aside", "restore.placed"})
  void killedAtAnyStepLeavesOneStateOrTheOther(String failpoint) throws Exception {
    origin.put("newer");
    Files.writeString(origin.home.plugins().resolve("p.jar"), "newer");
    Path failpoints = Files.createDirectory(directory.resolve("failpoints"));
    Files.writeString(failpoints.resolve(failpoint), "kill");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Dgyre.failpoints=" + failpoints,
                "-cp",
                System.getProperty("java.class.path"),
                BackupMain.class.getName(),
                "restore",
                file.toString(),
                "--force")
            .redirectErrorStream(true)
            .directory(directory.toFile())
            .redirectOutput(directory.resolve("out").toFile());
    builder.environment().put("GYRE_HOME", origin.home.root().toString());
    builder.environment().remove("GYRE_CONFIG");
    Process process = builder.start();
    process.getOutputStream().close();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(directory.resolve("out"))).isEqualTo(137);
    // As every component does when it starts.
    origin.home.create();
    PendingRestore.finish(origin.home);
    boolean old = failpoint.equals("restore.staged");
    assertThat(origin.namespaces()).isEqualTo(old ? List.of("newer", "old") : List.of("old"));
    assertThat(origin.plugin()).isEqualTo(old ? "newer" : "old");
    assertThat(origin.run("restore", file, "--force")).as("and again").isZero();
    assertThat(origin.namespaces()).containsExactly("old");
  }

  @Test
  void theBytesThatWereBackedUpAreThoseThatComeBack() throws IOException {
    try (FileSystem zip = FileSystems.newFileSystem(file);
        InputStream in = Files.newInputStream(zip.getPath("manifest.json"))) {
      Contents contents = Contents.parse(in.readAllBytes());
      assertThat(contents.entries())
          .extracting(Contents.Entry::name)
          .containsExactly("data/gyre.db", "data/host-id", "gyre.yaml", "plugins/p.jar");
      assertThat(Contents.parse(contents.json())).isEqualTo(contents);
    }
  }
}
