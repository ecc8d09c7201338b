package io.gyre.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A backup over HTTP. */
class BackupComponentTest {
  @TempDir Path directory;

  @Test
  void isStreamedAndLeavesNothingBehind() throws Exception {
    Path data = directory.resolve("h").resolve("data");
    Files.createDirectories(data.resolve(".backup-killed"));
    try (Api api = new Api(directory)) {
      assertThat(data.resolve(".backup-killed")).doesNotExist();
      HttpResponse<byte[]> answer =
          api.client()
              .send(
                  api.request("/v1/backup").POST(BodyPublishers.noBody()).build(),
                  BodyHandlers.ofByteArray());
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(names(answer.body()))
          .containsExactly("data/gyre.db", "data/host-id", "manifest.json");
      Api.await(() -> scratch(data).isEmpty(), "the copy is removed");
      assertThat(api.observed.read().changes(null, null, 10))
          .anyMatch(change -> change.verb().equals("backup"));
    }
  }

  private static List<String> names(byte[] bytes) throws IOException {
    List<String> names = new ArrayList<>();
    try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(bytes))) {
      for (var entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        names.add(entry.getName());
      }
    }
    return names;
  }

  private static List<Path> scratch(Path data) {
    try (Stream<Path> files = Files.list(data)) {
      return files.filter(file -> file.getFileName().toString().startsWith(".backup-")).toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
