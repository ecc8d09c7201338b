package io.gyre.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FailpointsTest {
  @TempDir Path directory;

  @Test
  void actsOnceAndOnlyWhereItIsAskedTo() throws Exception {
    Files.writeString(directory.resolve("host.swap.before_flip"), "fail\n");

    assertThatCode(() -> Failpoints.hit(directory, "host.swap.after_flip"))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> Failpoints.hit(directory, "host.swap.before_flip"))
        .isInstanceOfSatisfying(
            GyreException.class,
            e -> assertThat(e.code()).isEqualTo("failpoint.host.swap.before_flip"));
    assertThatCode(() -> Failpoints.hit(directory, "host.swap.before_flip"))
        .doesNotThrowAnyException();
  }

  @Test
  void pausesForTheTimeAsked() throws Exception {
    Files.writeString(directory.resolve("x"), "pause 30");
    long start = System.nanoTime();
    Failpoints.hit(directory, "x");
    assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(30_000_000);
    assertThat(directory.resolve("x")).doesNotExist();
  }
}
