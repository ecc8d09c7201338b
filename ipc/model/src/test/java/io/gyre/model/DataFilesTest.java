package io.gyre.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DataFilesTest {
  @TempDir Path root;

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static void mode(Path path, String mode) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
  }

  @Test
  void whatIsMadeBelowAPrivateDirectoryIsPrivate() throws IOException {
    mode(root, "rwxr-x---");
    DataFiles.makeDirectory(root.resolve("a/b"));
    assertThat(mode(root.resolve("a"))).isEqualTo("rwx------");
    assertThat(mode(root.resolve("a/b"))).isEqualTo("rwx------");
    Files.createFile(root.resolve("f"), DataFiles.permissions(root.resolve("f")));
    assertThat(mode(root.resolve("f"))).isEqualTo("rw-------");
  }

  @Test
  void whatIsMadeBelowADirectoryThatHandsItsGroupOnIsTheGroupsAsFarAsTheUmaskGoes()
      throws IOException {
    Files.setAttribute(root, "unix:mode", 02770);
    DataFiles.makeDirectory(root.resolve("a/b"));
    assertThat(mode(root.resolve("a/b"))).startsWith("rwxr").endsWith("---");
    Files.createFile(root.resolve("f"), DataFiles.permissions(root.resolve("f")));
    assertThat(mode(root.resolve("f"))).startsWith("rw-r").endsWith("---");
  }

  @Test
  void otherDirectoriesShareNothing() throws IOException {
    mode(root, "rwxrwx---");
    DataFiles.makeDirectory(root.resolve("b"));
    assertThat(mode(root.resolve("b"))).isEqualTo("rwx------");
    Files.setAttribute(root, "unix:mode", 02777);
    DataFiles.makeDirectory(root.resolve("a"));
    assertThat(mode(root.resolve("a"))).isEqualTo("rwx------");
  }

  @Test
  void whatExistsStaysAsItIs() throws IOException {
    Path there = Files.createDirectory(root.resolve("a"));
    mode(there, "rwxrwxr-x");
    DataFiles.makeDirectory(there);
    assertThat(mode(there)).isEqualTo("rwxrwxr-x");
  }
}
