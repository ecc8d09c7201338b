package io.gyre.runtime.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.model.PluginChange;
import io.gyre.model.PluginInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose jars are taken, and from where. */
final class PluginSignatureComponentTest {
  @TempDir Path directory;
  private final SigningKey trusted = new SigningKey();
  private HostFixture gyre;

  @BeforeEach
  void start() throws IOException {
    gyre = new HostFixture(directory).withStore();
    new FakeJar("fake", "1.0").writeTo(gyre.shipped.resolve("fake.jar"));
  }

  @AfterEach
  void stop() {
    gyre.close();
  }

  private void configure(boolean required, String... keys) throws IOException {
    Files.writeString(
        gyre.home.configFile(),
        "runtime: { require_signed: %s, trusted_keys: [ %s ] }\n"
            .formatted(required, String.join(", ", keys)));
  }

  private byte[] jar(String version) throws IOException {
    return Files.readAllBytes(new FakeJar("fake", version).writeTo(directory.resolve("built.jar")));
  }

  private Path target() {
    return gyre.home.plugins().resolve("fake.jar");
  }

  private void sign(String signature) throws IOException {
    Files.writeString(target().resolveSibling("fake.jar.sig"), signature);
  }

  private void rejected(String... reason) {
    gyre.awaitPlugin(
        row ->
            row.state() == PluginInfo.State.REJECTED
                && java.util.Arrays.stream(reason)
                    .allMatch(String.valueOf(row.message())::contains),
        "rejected: " + String.join(", ", reason));
    gyre.awaitNews(PluginChange.REJECTED, reason[0]);
    assertThat(gyre.awaitServing("fake", "1.0").signedBy()).isEqualTo(PluginInfo.SHIPPED);
  }

  @Test
  void takesWhatIsSignedByATrustedKeyAndNothingElse() throws IOException {
    configure(true, new SigningKey().publicText(), trusted.longPublicText());
    gyre.launchReady();

    byte[] two = jar("2.0");
    ProcessJar.place(two, target());
    rejected("it is not signed", "gyre plugin sign");

    sign(new SigningKey().sign(two));
    rejected("its signature is none of this jar by a trusted key");

    sign(trusted.sign(two));
    gyre.awaitServing("fake", "2.0");
    gyre.stopHost();
    gyre.heard.clear();
    gyre.launchReady();
    assertThat(gyre.awaitServing("fake", "2.0").signedBy()).hasSize(16);

    byte[] three = jar("3.0");
    byte[] tampered = three.clone();
    tampered[tampered.length / 2] ^= 1;
    sign(trusted.sign(three));
    ProcessJar.place(tampered, target());
    gyre.awaitRejected("fake.jar");
    gyre.awaitServing("fake", "2.0");
    ProcessJar.place(three, target());
    gyre.awaitServing("fake", "3.0");
    assertThat(gyre.plugins()).noneMatch(row -> row.state() == PluginInfo.State.REJECTED);
  }

  @Test
  void aWrongSignatureIsRefusedEvenWhereNoneIsNeeded() throws IOException {
    configure(false, trusted.publicText());
    gyre.launchReady();
    new SigningKey().place(jar("2.0"), target());
    rejected("its signature is none of this jar");
    Files.delete(target().resolveSibling("fake.jar.sig"));
    assertThat(gyre.awaitServing("fake", "2.0").signedBy()).isNull();
  }

  @Test
  void aKeyThatIsNoLongerTrustedEndsWithTheNextStart() throws IOException {
    configure(true, trusted.publicText());
    gyre.launchReady();
    trusted.place(jar("2.0"), target());
    gyre.awaitServing("fake", "2.0");
    gyre.stopHost();
    configure(true, new SigningKey().publicText());
    gyre.heard.clear();
    gyre.launchReady();
    rejected("its signature is none of this jar");
  }

  @Test
  void keysThatOthersMayChangeAreNotTrusted() throws IOException {
    configure(true, trusted.publicText());
    Files.setPosixFilePermissions(
        gyre.home.configFile(), PosixFilePermissions.fromString("rw-rw-rw-"));
    gyre.launchReady();
    trusted.place(jar("2.0"), target());
    rejected("can be changed by others", "chmod go-w");
  }

  @Test
  void placesThatOthersMayChangeAreRefused() throws IOException {
    gyre.launchReady();
    Path plugins = gyre.home.plugins();
    Files.setPosixFilePermissions(plugins, PosixFilePermissions.fromString("rwxrwxrwx"));
    ProcessJar.place(jar("2.0"), target());
    rejected("everybody may put jars into the directory");
    Files.setPosixFilePermissions(plugins, PosixFilePermissions.fromString("rwx------"));

    Files.delete(target());
    Files.createSymbolicLink(target(), directory.resolve("built.jar"));
    rejected("symbolic link");
    Files.delete(target());

    Path open = plugins.resolve("open.jar");
    ProcessJar.place(jar("2.0"), directory.resolve("o.jar"));
    Files.setPosixFilePermissions(
        directory.resolve("o.jar"), PosixFilePermissions.fromString("rw-rw-rw-"));
    Files.move(directory.resolve("o.jar"), open);
    rejected("everybody may change it");

    Path fifo = plugins.resolve("fifo.jar");
    Files.createDirectory(fifo);
    rejected("it is no file");
    Files.delete(fifo);
    Files.delete(open);
    Await.until(
        () -> gyre.plugins().stream().noneMatch(r -> r.state() == PluginInfo.State.REJECTED),
        () -> "rows of deleted files go: " + gyre.plugins());
  }
}
