package io.gyre.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The bus talks to nobody outside, and leaves nothing outside of its directories. */
@Timeout(300)
class QuietBusSystemTest {
  private static final Path STRACE = Path.of("/usr/bin/strace");

  @TempDir Path directory;

  @Test
  void thereIsNoAnalyticsToTalk() {
    assertThatThrownBy(() -> Class.forName("net.openhft.chronicle.analytics.Analytics"))
        .isInstanceOf(ClassNotFoundException.class);
    assertThat(System.getProperty("java.class.path"))
        .doesNotContain("analytics", "jnr-", "jna-", "commons-cli");
  }

  @Test
  void noConnectionsNoFilesAndFewThreads() throws IOException {
    Path home = Files.createDirectory(directory.resolve("home"));
    Path data = Files.createDirectory(directory.resolve("data"));
    Path trace = directory.resolve("trace");
    boolean traced = Files.isExecutable(STRACE);
    List<String> strace =
        traced
            ? List.of(
                STRACE.toString(), "-f", "-qq", "-e", "trace=socket,connect", "-o", trace + "")
            : List.of();
    String printed;
    try (ForkedJvm jvm =
        ForkedJvm.start(
            strace,
            // the properties that surefire sets must not be what keeps it quiet
            List.of("-Duser.home=" + home, "-Djava.io.tmpdir=" + home),
            directory.resolve("output"),
            "once",
            data)) {
      assertThat(jvm.awaitEnd()).as(jvm.printed()).isZero();
      printed = jvm.printed();
    }

    assertThat(printed).contains("done").contains("bus-reader");
    String descriptors = printed.substring(0, printed.indexOf("threads:"));
    assertThat(descriptors).contains("socket:");
    if (traced) {
      List<String> calls = Files.readAllLines(trace);
      assertThat(calls).anyMatch(call -> call.contains("socket(AF_UNIX"));
      assertThat(calls).noneMatch(call -> call.contains("sa_family=AF_INET"));
    }
    List<String> threads =
        printed
            .substring(printed.indexOf("threads:"))
            .lines()
            .filter(QuietBusSystemTest::ours)
            .toList();
    // two buses in that process
    assertThat(threads)
        .containsExactlyInAnyOrder("bus-reader", "bus-reader", "background~resource~releaser");
    try (Stream<Path> left = Files.walk(home)) {
      assertThat(left.filter(Files::isRegularFile)).isEmpty();
    }
  }

  private static boolean ours(String thread) {
    return thread.contains("bus") || thread.contains("~") || thread.contains("chronicle");
  }
}
