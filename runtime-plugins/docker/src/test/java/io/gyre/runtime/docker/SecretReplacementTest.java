package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.InstanceSecrets;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a container has mounted keeps its inode. */
final class SecretReplacementTest {
  @TempDir Path directory;

  @AfterEach
  void makeRemovable() throws IOException {
    mode(directory.resolve("0"), "rwx------");
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  private static Object inode(Path path) throws IOException {
    return Files.getAttribute(path, "unix:ino");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void filesOfADirectoryAreReplacedAndASingleOneIsWrittenAnew() throws IOException {
    Path all = Files.createDirectory(directory.resolve("0"));
    Path one = Files.writeString(directory.resolve("1"), "something long");
    for (String key : List.of("changes", "stays", "goes")) {
      mode(Files.writeString(all.resolve(key), "old"), "r--------");
    }
    mode(all, "r-x------");
    mode(one, "r--------");
    Files.writeString(directory.resolve("next"), "half of a sec");
    Object directoryBefore = inode(all);
    Object oneBefore = inode(one);
    Object changesBefore = inode(all.resolve("changes"));
    Object staysBefore = inode(all.resolve("stays"));

    SecretReplacement.apply(
        List.of(all, one, directory.resolve("2")),
        List.of(
            new InstanceSecrets.Volume(
                "/all",
                true,
                Map.of("changes", bytes("new"), "stays", bytes("old"), "comes", bytes("new"))),
            new InstanceSecrets.Volume("/one", false, Map.of("key", bytes("short"))),
            new InstanceSecrets.Volume("/two", false, Map.of("key", bytes("not there")))));

    assertThat(all.resolve("changes")).hasContent("new");
    assertThat(all.resolve("stays")).hasContent("old");
    assertThat(all.resolve("comes")).hasContent("new");
    assertThat(all.resolve("goes")).doesNotExist();
    assertThat(one).hasContent("short");
    assertThat(directory.resolve("2")).doesNotExist();
    assertThat(directory.resolve("next")).doesNotExist();
    assertThat(inode(all)).isEqualTo(directoryBefore);
    assertThat(inode(one)).isEqualTo(oneBefore);
    assertThat(inode(all.resolve("stays"))).isEqualTo(staysBefore);
    assertThat(inode(all.resolve("changes"))).isNotEqualTo(changesBefore);
    for (Path file : List.of(all.resolve("comes"), all.resolve("changes"), one)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("r--------");
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(all)))
        .isEqualTo("r-x------");
  }
}
