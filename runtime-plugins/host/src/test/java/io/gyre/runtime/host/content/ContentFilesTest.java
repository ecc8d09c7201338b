package io.gyre.runtime.host.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ContentFilesTest {
  @TempDir Path directory;
  private ContentFiles files;

  @BeforeEach
  void make() {
    files = new ContentFiles(directory);
  }

  private void write(String text, boolean byName) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    files.write(
        "i",
        List.of(
            new ContentFiles.Item(0, "k", Map.of("k", bytes)),
            new ContentFiles.Item(1, null, Map.of("k", bytes, "icon", new byte[] {0, (byte) 255}))),
        byName);
  }

  @Test
  void whatIsHalfWrittenIsMadeWhole() throws IOException {
    write("one", true);
    // As a process leaves it that is killed in the middle.
    Files.writeString(directory.resolve("i/0/k.new"), "tw");
    Files.writeString(Files.createDirectory(directory.resolve("i/1/..2")).resolve("k"), "tw");
    Files.createSymbolicLink(directory.resolve("i/1/..next"), Path.of("..2"));
    assertThat(directory.resolve("i/0/k")).hasContent("one");
    assertThat(directory.resolve("i/1/k")).hasContent("one");
    write("two", true);
    assertThat(directory.resolve("i/0/k")).hasContent("two");
    assertThat(directory.resolve("i/1/k")).hasContent("two");
    assertThat(directory.resolve("i/1/icon")).hasBinaryContent(new byte[] {0, (byte) 255});
    assertThat(directory.resolve("i/0").toFile().list()).containsExactly("k");
    assertThat(directory.resolve("i/1").toFile().list())
        .containsExactlyInAnyOrder("k", "icon", "..data", "..3");
  }

  @Test
  void whoGoesByNamesNeverSeesAPart() throws IOException {
    write("one", true);
    try (InputStream opened = Files.newInputStream(directory.resolve("i/0/k"))) {
      write("twenty", true);
      assertThat(opened.readAllBytes()).asString().isEqualTo("one");
    }
    Object inode = Files.getAttribute(directory.resolve("i/0/k"), "unix:ino");
    write("a container has the inode", false);
    assertThat(Files.getAttribute(directory.resolve("i/0/k"), "unix:ino")).isEqualTo(inode);
    assertThat(directory.resolve("i/0/k")).hasContent("a container has the inode");
  }
}
