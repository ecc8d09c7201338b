package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GroupFilesTest {
  @TempDir Path root;

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void readsVersion1() throws Exception {
    write("cpuacct/docker/c1/cpuacct.usage", "123456789\n");
    write("memory/docker/c1/memory.usage_in_bytes", "5000\n");
    write("memory/docker/c1/memory.stat", "inactive_file 1\ntotal_inactive_file 2000\n");
    Path group = Path.of("docker/c1");
    GroupFiles files =
        GroupFiles.of(root, Map.of("cpuacct", group, "memory", group, "", group)).orElseThrow();
    assertThat(files.read()).contains(new GroupFiles.Figures(123456789, 3000));
    Files.delete(root.resolve("cpuacct/docker/c1/cpuacct.usage"));
    assertThat(files.read()).isEmpty();
  }

  @Test
  void readsVersion2() throws Exception {
    write("system.slice/docker-c1.scope/cpu.stat", "usage_usec 7\nuser_usec 1\n");
    write("system.slice/docker-c1.scope/memory.current", "5000\n");
    write("system.slice/docker-c1.scope/memory.stat", "anon 1\ninactive_file 2000\n");
    GroupFiles files =
        GroupFiles.of(root, Map.of("", Path.of("system.slice/docker-c1.scope"))).orElseThrow();
    assertThat(files.read()).contains(new GroupFiles.Figures(7000, 3000));
    assertThat(GroupFiles.of(root, Map.of())).isEmpty();
  }

  /** A pid that the engine told may be that of another process by now, or of another machine. */
  @Test
  void takesNoProcessForTheContainersThatIsNotInItsGroup() {
    assertThat(GroupFiles.of(root, ProcessHandle.current().pid(), "0123456789abcdef")).isEmpty();
    assertThat(GroupFiles.of(root, 1 << 30, "0123456789abcdef")).isEmpty();
  }

  @Test
  void sumsAllInterfacesButTheLoopback() {
    String text =
        """
        Inter-|   Receive                                                |  Transmit
         face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs
            lo: 1000 1 0 0 0 0 0 0 1000 1 0 0 0 0 0 0
          eth0:100 2 0 0 0 0 0 0 20 2 0 0 0 0 0 0
          eth1: 5 1 0 0 0 0 0 0 3 1 0 0 0 0 0 0
        """;
    assertThat(NetworkBytes.parse(text)).isEqualTo(new NetworkBytes(105, 23));
  }
}
