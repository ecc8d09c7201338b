package io.gyre.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeysTest {
  private static final SealContext CONTEXT = SealContext.of("secret", "a");

  @TempDir Path root;

  private Keys keys(KeySource source, Map<String, String> environment) {
    return new Keys(() -> source, root.resolve("keys"), environment, true);
  }

  private static String text(byte[] key) {
    return Base64.getEncoder().encodeToString(key) + "\n";
  }

  private Path file(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  @Test
  void theFirstUseMakesAKeyForItsOwnerAlone() throws IOException {
    Keys keys = keys(new KeySource.Automatic(), Map.of());
    assertThat(keys.ring().isEmpty()).isTrue();
    KeyRing ring = keys.make();
    assertThat(ring.ids()).hasSize(1);
    assertThat(keys.make().ids()).isEqualTo(ring.ids());
    Path file = root.resolve("keys/kek");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())))
        .isEqualTo("rwx------");
  }

  @Test
  void anotherProcessTakesANewKeyUpWithoutARestart() {
    Keys api = keys(new KeySource.Automatic(), Map.of());
    Keys host = new Keys(KeySource.Automatic::new, root.resolve("keys"), Map.of(), false);
    assertThat(host.make().isEmpty()).isTrue();
    byte[] sealed = api.make().seal(CONTEXT, new byte[] {1});
    assertThat(host.ring().open(CONTEXT, sealed)).containsExactly(1);
    byte[] anew = api.add().seal(CONTEXT, new byte[] {2});
    assertThat(host.ring().open(CONTEXT, anew)).containsExactly(2);
    assertThat(host.ring().open(CONTEXT, sealed)).containsExactly(1);
    assertThat(host.ring().current()).isEqualTo(api.ring().current());
  }

  @Test
  void aKeyThatOthersCanReadIsRefusedUntilItIsNot() throws IOException {
    Keys keys = keys(new KeySource.Automatic(), Map.of());
    keys.make();
    Path file = root.resolve("keys/kek");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(keys::ring)
        .isInstanceOf(GyreException.class)
        .hasMessageContaining("open to others");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(keys.ring().ids()).hasSize(1);
  }

  @Test
  void everySourceGivesItsKeys() throws IOException {
    byte[] one = KeyRing.newKey();
    byte[] two = KeyRing.newKey();
    List<String> expected = KeyRing.of(List.of(one, two)).ids();
    String text = "# keys\n" + text(one) + "\n" + text(two);
    Path file = file("gyre.kek", text);
    for (KeySource source :
        List.of(
            new KeySource.KeyFile(file),
            new KeySource.Variable("KEK"),
            new KeySource.Credential("gyre.kek"),
            new KeySource.Automatic())) {
      KeyRing ring =
          keys(source, Map.of("KEK", text, "CREDENTIALS_DIRECTORY", root.toString())).ring();
      assertThat(ring.ids()).as("%s", source).isEqualTo(expected);
      assertThat(ring.current()).isEqualTo(KeyRing.of(List.of(two)).current());
    }
  }

  @Test
  void aPassphraseGivesTheSameKeyAgain() throws IOException {
    KeySource source = new KeySource.Passphrase(file("phrase", "correct horse\n"));
    List<String> ids = keys(source, Map.of()).ring().ids();
    assertThat(ids).hasSize(1);
    assertThat(keys(source, Map.of()).ring().ids()).isEqualTo(ids);
    file("phrase", "wrong horse\n");
    assertThat(keys(source, Map.of()).ring().ids()).isNotEqualTo(ids);
  }

  @Test
  void anotherSourceStillOpensWhatTheFileSealed() throws IOException {
    AtomicReference<KeySource> source = new AtomicReference<>(new KeySource.Automatic());
    Keys keys = new Keys(source::get, root.resolve("keys"), Map.of(), true);
    byte[] sealed = keys.make().seal(CONTEXT, new byte[] {1});
    source.set(new KeySource.KeyFile(file("other", text(KeyRing.newKey()))));
    byte[] moved = keys.ring().rewrap(CONTEXT, sealed);
    assertThat(KeyRing.keyIdOf(moved)).isNotEqualTo(KeyRing.keyIdOf(sealed));
    assertThat(keys.ring().open(CONTEXT, sealed)).isEqualTo(keys.ring().open(CONTEXT, moved));
  }

  @Test
  void whatIsNoKeyIsNamedWithoutShowingIt() throws IOException {
    KeySource source = new KeySource.KeyFile(file("kek", "hunter2\n"));
    assertThatThrownBy(keys(source, Map.of())::ring)
        .isInstanceOf(GyreException.class)
        .hasMessageContaining("key 1 is not 32 bytes")
        .hasMessageNotContaining("hunter2");
    assertThatThrownBy(keys(new KeySource.Variable("KEK"), Map.of())::add)
        .hasMessageContaining("the variable KEK, where Gyre writes nothing");
  }

  @Test
  void theConfigurationNamesASource() {
    assertThat(KeySource.parse("auto")).contains(new KeySource.Automatic());
    assertThat(KeySource.parse("file:/k")).contains(new KeySource.KeyFile(Path.of("/k")));
    assertThat(KeySource.parse("passphrase:/k")).contains(new KeySource.Passphrase(Path.of("/k")));
    assertThat(KeySource.parse("env:GYRE_KEK")).contains(new KeySource.Variable("GYRE_KEK"));
    assertThat(KeySource.parse("credential:k")).contains(new KeySource.Credential("k"));
    for (String wrong : List.of("", "auto:", "file:k", "env:", "vault", "credential:../x")) {
      assertThat(KeySource.parse(wrong)).as(wrong).isEmpty();
    }
  }
}
