package io.gyre.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.runtime.spi.InstanceSecrets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the rename of secret files does to files that aren't as they were made. */
final class SecretReplacementTest {
  @TempDir Path directory;
  private Path place;
  private Path run;

  @BeforeEach
  void make() throws IOException {
    place = Files.createDirectory(directory.resolve("place"));
    run = Files.createDirectories(place.resolve("files/run"));
  }

  @AfterEach
  void makeRemovable() throws IOException {
    if (Files.isDirectory(run)) {
      Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwx------"));
    }
  }

  private static InstanceSecrets secrets(String content) {
    Map<String, byte[]> files = Map.of("key", content.getBytes(StandardCharsets.UTF_8));
    return new InstanceSecrets(Map.of(), List.of(new InstanceSecrets.Volume("/run", true, files)));
  }

  @Test
  void aLinkInPlaceOfADirectoryLeadsNowhere() throws IOException {
    Path outside = Files.createDirectory(directory.resolve("outside"));
    Files.writeString(outside.resolve("key"), "mine");
    Files.delete(run);
    Files.createSymbolicLink(run, outside);
    assertThatThrownBy(() -> SecretReplacement.apply(place, secrets("new"), null))
        .isInstanceOf(IOException.class);
    assertThat(outside.resolve("key")).hasContent("mine");
    assertThat(outside).isDirectoryNotContaining(file -> !file.endsWith("key"));
  }

  @Test
  void aLinkInPlaceOfAFileIsReplaced() throws IOException {
    Path outside = Files.writeString(directory.resolve("outside"), "mine");
    Files.createSymbolicLink(run.resolve("key"), outside);
    SecretReplacement.apply(place, secrets("new"), null);
    assertThat(outside).hasContent("mine");
    assertThat(run.resolve("key")).isRegularFile().hasContent("new");
  }

  @Test
  void whatAKilledOneBeganIsEnded() throws IOException {
    Files.writeString(place.resolve("next"), "half of a sec");
    Files.writeString(run.resolve("key"), "old");
    Files.writeString(run.resolve("gone"), "old");
    Files.setPosixFilePermissions(run, PosixFilePermissions.fromString("rwx------"));
    SecretReplacement.apply(place, secrets("new"), null);
    assertThat(place.resolve("next")).doesNotExist();
    assertThat(run.resolve("gone")).doesNotExist();
    assertThat(run.resolve("key")).hasContent("new");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(run.resolve("key"))))
        .isEqualTo("r--------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(run)))
        .isEqualTo("r-x------");
  }
}
