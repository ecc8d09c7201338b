package io.gyre.runtime.host.secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.model.Ids;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VolatileRootTest {
  private static final Path MEMORY = Path.of("/dev/shm");

  @TempDir Path disk;

  private static Path inMemory() throws IOException {
    Assumptions.assumeTrue(
        Files.isWritable(MEMORY) && Files.getFileStore(MEMORY).type().equals("tmpfs"),
        "/dev/shm is no tmpfs that can be written to");
    return Files.createTempDirectory(MEMORY, "gyre-test");
  }

  @Test
  void whatIsNotInMemoryIsRefusedAndNothingIsLeft() throws IOException {
    Assumptions.assumeFalse(
        Set.of("tmpfs", "ramfs").contains(Files.getFileStore(disk).type()), "/tmp is in memory");
    VolatileRoot root = new VolatileRoot("host", disk, List.of(disk.resolve("gyre")));
    assertThatThrownBy(() -> root.directory("process"))
        .isInstanceOfSatisfying(
            RuntimeFailure.class,
            e -> assertThat(e.kind()).isEqualTo(RuntimeFailure.Kind.UNSUPPORTED))
        .hasMessageContaining(disk.toString());
    assertThat(disk.resolve("gyre/host")).doesNotExist();
  }

  @Test
  void leftoversAreSweptAndOthersMayPassThroughButNotLook() throws Exception {
    Path memory = inMemory();
    try {
      String host = Ids.random(8);
      VolatileRoot root = new VolatileRoot(host, disk, List.of(disk.resolve("no/such"), memory));
      Path process = root.directory("process");
      assertThat(process).isEqualTo(memory.resolve(host).resolve("process"));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(process)))
          .isEqualTo("rwx--x--x");
      for (String name : List.of("known", "gone", ".new-young", ".new-old")) {
        Files.writeString(Files.createDirectory(process.resolve(name)).resolve("env"), "x");
      }
      Files.setLastModifiedTime(
          process.resolve(".new-old"), FileTime.from(Instant.now().minus(Duration.ofHours(1))));
      root.sweep("process", Set.of("known"));
      assertThat(process).isDirectoryNotContaining("glob:**gone");
      assertThat(process.resolve(".new-old")).doesNotExist();
      assertThat(process.resolve(".new-young")).exists();
      assertThat(process.resolve("known/env")).exists();
      root.remove("process", "known");
      assertThat(process.resolve("known")).doesNotExist();
      for (String name : List.of("empty", "full", "alive")) {
        Path other = Files.createDirectories(memory.resolve(name).resolve("process/i"));
        boolean alive = name.equals("alive");
        Files.writeString(
            memory.resolve(name + ".root"), (alive ? disk : disk.resolve("gone")).toString());
        if (name.equals("full")) {
          Files.writeString(other.resolve("env"), "x");
        }
      }
      Files.createDirectories(memory.resolve("unknown"));
      assertThat(new VolatileRoot(host, disk, List.of(memory)).directory("process"))
          .isEqualTo(process);
      assertThat(memory.resolve("empty")).doesNotExist();
      assertThat(memory.resolve("empty.root")).doesNotExist();
      assertThat(memory.resolve("full/process/i/env")).exists();
      assertThat(memory.resolve("full.root")).exists();
      assertThat(memory.resolve("alive/process/i")).exists();
      assertThat(memory.resolve("unknown")).exists();
      assertThat(memory.resolve(host + ".root")).hasContent(disk.toString());
    } finally {
      new ProcessBuilder("rm", "-rf", memory.toString()).start().waitFor();
    }
  }
}
