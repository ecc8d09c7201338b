package io.gyre.runtime.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.messages.Message;
import io.gyre.model.PluginChange;
import io.gyre.model.PluginInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which jar serves after swaps, rollbacks, deletions and restarts. */
final class PluginRollbackComponentTest {
  @TempDir Path directory;
  private HostFixture gyre;

  @BeforeEach
  void start() throws IOException {
    gyre = new HostFixture(directory).withStore();
    new FakeJar("fake", "1.0").writeTo(gyre.shipped.resolve("fake.jar"));
    gyre.launchReady();
  }

  @AfterEach
  void stop() {
    gyre.close();
  }

  private void drop(String version) throws IOException {
    dropAs("fake.jar", version);
  }

  private void dropAs(String file, String version) throws IOException {
    new FakeJar("fake", version).writeTo(gyre.home.plugins().resolve(file));
    gyre.awaitServing("fake", version);
  }

  private void rollBack(String from) {
    PluginInfo serving = gyre.awaitServing("fake", from);
    gyre.api.publish(
        new Message.RollBackPlugin("fake", serving.sha256(), "somebody"), "c-back-" + from, "");
  }

  private void relaunch() {
    gyre.stopHost();
    gyre.heard.clear();
    gyre.launchReady();
  }

  @Test
  void goesBackStepByStepAndStaysThere() throws IOException {
    drop("2.0");
    drop("3.0");
    assertThat(gyre.awaitServing("fake", "3.0").rollbackTo()).startsWith("2.0 (");
    gyre.running("web-1");

    rollBack("3.0");
    gyre.awaitServing("fake", "2.0");
    assertThat(gyre.awaitNews(PluginChange.ROLLED_BACK, "back from"))
        .contains("fake 3.0", "to fake 2.0", "as somebody asked");
    assertThat(
            gyre.awaitMessage(
                    Message.PluginChanged.class, m -> m.change() == PluginChange.ROLLED_BACK)
                .envelope()
                .correlation())
        .isEqualTo("c-back-3.0");
    PluginInfo aside =
        gyre.awaitPlugin(row -> row.state() == PluginInfo.State.ROLLED_BACK, "3.0 is aside");
    assertThat(aside.file()).endsWith("plugins/fake.jar");
    assertThat(aside.version()).isEqualTo("3.0");

    relaunch();
    gyre.awaitServing("fake", "2.0");
    gyre.awaitPlugin(row -> row.state() == PluginInfo.State.ROLLED_BACK, "3.0 is aside");
    gyre.running("web-2");
    assertThat(gyre.calls("start", "web-2"))
        .extracting(HostFixture.Call::version)
        .containsExactly("2.0");

    rollBack("2.0");
    assertThat(gyre.awaitServing("fake", "1.0").signedBy()).isEqualTo(PluginInfo.SHIPPED);
    relaunch();
    gyre.awaitServing("fake", "1.0");

    rollBack("1.0");
    assertThat(gyre.awaitNews(PluginChange.ROLLBACK_FAILED, "nothing before")).contains("fake");
    gyre.awaitServing("fake", "1.0");

    drop("4.0");
    relaunch();
    gyre.awaitServing("fake", "4.0");
    assertThat(gyre.all(Message.InstanceGone.class)).isEmpty();
  }

  @Test
  void theSameWishTwiceGoesBackOnce() throws IOException {
    drop("2.0");
    drop("3.0");
    PluginInfo serving = gyre.awaitServing("fake", "3.0");
    for (int i = 0; i < 2; i++) {
      gyre.api.publish(new Message.RollBackPlugin("fake", serving.sha256(), "x"), "c-" + i, "");
    }
    gyre.awaitNews(PluginChange.ROLLBACK_FAILED, "by now fake 2.0");
    gyre.awaitServing("fake", "2.0");
  }

  @Test
  void whatWasRolledBackServesAgainWhenItIsPutThereAgain() throws IOException {
    drop("2.0");
    Path jar = gyre.home.plugins().resolve("fake.jar");
    rollBack("2.0");
    gyre.awaitServing("fake", "1.0");

    Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("rw-rw-rw-"));
    gyre.awaitRejected("fake.jar");
    assertThat(gyre.plugins()).hasSize(2);
    Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("rw-------"));
    gyre.awaitPlugin(row -> row.state() == PluginInfo.State.ROLLED_BACK, "it is aside again");
    assertThat(gyre.plugins()).hasSize(2);

    Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plusSeconds(10)));
    gyre.awaitServing("fake", "2.0");
  }

  @Test
  void aDeletedJarServesUntilTheNextStart() throws IOException {
    drop("2.0");
    Files.delete(gyre.home.plugins().resolve("fake.jar"));
    gyre.awaitPlugin(
        row -> row.version().equals("2.0") && String.valueOf(row.message()).contains("is gone"),
        "2.0 serves without a file");
    gyre.running("web-1");
    relaunch();
    gyre.awaitServing("fake", "1.0");
    assertThat(gyre.plugins()).hasSize(1);
  }

  @Test
  void whatServedLastServesFirstAndTheRestMustPassTheTest() throws IOException {
    drop("2.0");
    dropAs("newer.jar", "3.0");
    gyre.running("web-1");
    relaunch();
    gyre.awaitServing("fake", "3.0");
    gyre.awaitPlugin(
        row -> row.state() == PluginInfo.State.REPLACED && row.file().endsWith("/fake.jar"),
        "2.0 is replaced");

    gyre.stopHost();
    gyre.heard.clear();
    new FakeJar("fake", "4.0")
        .with("blind", "true")
        .writeTo(gyre.home.plugins().resolve("newer.jar"));
    gyre.launchReady();
    assertThat(gyre.awaitRejected("newer.jar").message()).contains("does not see", "web-1");
    gyre.awaitServing("fake", "3.0");
    assertThat(gyre.all(Message.InstanceGone.class)).isEmpty();

    gyre.stopHost();
    gyre.heard.clear();
    new FakeJar("fake", "5.0").writeTo(gyre.home.plugins().resolve("newer.jar"));
    gyre.launchReady();
    gyre.awaitServing("fake", "5.0");
  }

  @Test
  void aDamagedHistoryIsAsNone() throws IOException {
    drop("2.0");
    gyre.stopHost();
    Files.write(
        gyre.home.root().resolve("runtimes/.plugins/history"), new byte[] {(byte) 0xff, 9, 10});
    gyre.heard.clear();
    gyre.launchReady();
    gyre.awaitServing("fake", "2.0");
  }

  @Test
  void aDamagedCopyIsNotGoneBackTo() throws IOException {
    drop("2.0");
    drop("3.0");
    String digest = String.valueOf(gyre.awaitServing("fake", "3.0").rollbackTo());
    String start = digest.substring(digest.indexOf('(') + 1, digest.indexOf(')'));
    try (var files =
        Files.newDirectoryStream(gyre.home.root().resolve("runtimes/.plugins"), start + "*")) {
      for (Path file : files) {
        Files.writeString(file, "damaged");
      }
    }
    rollBack("3.0");
    assertThat(gyre.awaitNews(PluginChange.ROLLBACK_FAILED, "damaged")).contains("2.0");
    gyre.awaitServing("fake", "3.0");
    assertThat(gyre.awaitServing("fake", "3.0").rollbackTo()).startsWith("1.0 (");
  }
}
