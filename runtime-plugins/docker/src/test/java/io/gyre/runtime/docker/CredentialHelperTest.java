package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.testkit.Await;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CredentialHelperTest {
  @TempDir Path directory;
  private final ScheduledExecutorService executor = Executors.newScheduledThreadPool(1);

  @AfterEach
  void close() {
    executor.shutdownNow();
  }

  private Credentials ask(String script, Duration patience) throws Exception {
    Path program = directory.resolve("docker-credential-fake");
    Files.writeString(program, "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    return new CredentialHelper(directory + "/docker-credential-", executor, patience)
        .ask("fake", "example.com:5000");
  }

  private Credentials ask(String script) throws Exception {
    return ask(script, Duration.ofSeconds(30));
  }

  @Test
  void isAskedAsTheDockerCommandDoes() throws Exception {
    Credentials found =
        ask(
            "read -r server; [ \"$1 $server\" = 'get example.com:5000' ] || exit 3;"
                + " echo '{\"ServerURL\":\"x\",\"Username\":\"alice\",\"Secret\":\"s3cret\"}'");
    assertThat(found).isEqualTo(Credentials.login("alice", "s3cret"));
    assertThat(ask("echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}'"))
        .isEqualTo(new Credentials("", "", "t", ""));
    assertThat(ask("echo 'credentials not found in native keychain'; exit 1").isNone()).isTrue();
  }

  @Test
  void whatItCantDoIsSaid() {
    assertThatThrownBy(() -> ask("echo 'the keychain is locked'; exit 1"))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessageContaining("docker-credential-fake failed: the keychain is locked");
    assertThatThrownBy(() -> ask("exit 7")).hasMessageContaining("status 7");
    assertThatThrownBy(() -> ask("echo '{\"Secret\": s3cret'"))
        .hasMessageContaining("its answer is no JSON")
        .hasMessageNotContaining("s3cret");
    CredentialHelper helper = new CredentialHelper(executor);
    assertThatThrownBy(() -> helper.ask("../../bin/sh", "x"))
        .hasMessageContaining("its name is not valid");
    assertThatThrownBy(() -> helper.ask("gyre-test-absent", "x"))
        .hasMessageContaining("docker-credential-gyre-test-absent failed");
  }

  @Test
  void oneThatHangsIsEndedWithAllItStarted() throws Exception {
    Path pid = directory.resolve("pid");
    assertThatThrownBy(() -> ask("sleep 600 & echo $! >" + pid + "; wait", Duration.ofSeconds(1)))
        .isInstanceOf(RuntimeFailure.class)
        .hasMessageContaining("no answer within 1 s");
    long child = Long.parseLong(Files.readString(pid).strip());
    Await.until(
        () -> ProcessHandle.of(child).map(handle -> !handle.isAlive()).orElse(true),
        () -> "the end of " + child);
  }
}
