package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceExec;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.RuntimeFailure;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Commands beside the main process. */
interface ExecContract extends ContractFixture {
  @Test
  default void runsACommandInTheInstance() throws RuntimeFailure {
    if (!fixture().can(Capability.EXEC)) {
      return;
    }
    InstanceSpec spec =
        fixture().spec(workloads().longRunning()).environment("GREETING", "hello there").build();
    fixture().runtime().start(spec);
    Result result = sh(spec.id(), "echo \"$GREETING\"; echo oops >&2; exit 7", "");
    assertThat(result.out()).isEqualTo("hello there\n");
    assertThat(result.err()).isEqualTo("oops\n");
    assertThat(result.code()).isEqualTo(7);
  }

  @Test
  default void feedsStandardInput() throws RuntimeFailure {
    if (!fixture().can(Capability.EXEC)) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(spec);
    String input = "some input\n".repeat(20_000);
    Result result = sh(spec.id(), "cat; echo end", input);
    assertThat(result.out()).isEqualTo(input + "end\n");
    assertThat(result.code()).isZero();
  }

  @Test
  default void returnsAlthoughItsInputStaysOpen() throws Exception {
    if (!fixture().can(Capability.EXEC)) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(spec);
    try (PipedOutputStream writer = new PipedOutputStream();
        PipedInputStream open = new PipedInputStream(writer)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      int code =
          exec()
              .exec(
                  spec.id(),
                  List.of("sh", "-c", "echo done"),
                  open,
                  out,
                  new ByteArrayOutputStream());
      assertThat(code).isZero();
      assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("done\n");
    }
  }

  @Test
  default void endsTheCommandWhenNobodyReads() throws RuntimeFailure {
    if (!fixture().can(Capability.EXEC)) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(spec);
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("reader went away");
          }
        };
    InstanceExec exec = exec();
    Throwable thrown =
        catchThrowable(
            () ->
                exec.exec(
                    spec.id(),
                    List.of("sh", "-c", "while :; do echo more; sleep 0.05; done"),
                    InputStream.nullInputStream(),
                    broken,
                    new ByteArrayOutputStream()));
    assertThat(thrown).as("end of an exec whose reader went away").isNotNull();
    Await.until(
        () -> fixture().processes().stream().noneMatch(process -> process.contains("echo more")),
        () -> "the command to be gone; " + fixture().processes());
  }

  @Test
  default void reportsASignal() throws RuntimeFailure {
    if (!fixture().can(Capability.EXEC)) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(spec);
    assertThat(sh(spec.id(), "kill -9 $$", "").code()).isEqualTo(137);
  }

  @Test
  default void refusesAMissingProgram() throws RuntimeFailure {
    if (!fixture().can(Capability.EXEC)) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(spec);
    RuntimeFailure failure = fails(spec.id(), List.of("no-such-program-here"));
    assertThat(failure.kind()).isEqualTo(RuntimeFailure.Kind.INVALID);
    assertThat(failure).hasMessageContaining("no-such-program-here");
  }

  @Test
  default void refusesWhatDoesNotRun() throws RuntimeFailure {
    if (!fixture().can(Capability.EXEC)) {
      return;
    }
    InstanceSpec spec = fixture().spec(workloads().longRunning()).build();
    fixture().runtime().start(spec);
    fixture().runtime().stop(spec.id());
    assertThat(fails(spec.id(), List.of("true")).kind()).isEqualTo(RuntimeFailure.Kind.CONFLICT);
    assertThat(fails("nobody-1", List.of("true")).kind())
        .isIn(RuntimeFailure.Kind.NOT_FOUND, RuntimeFailure.Kind.CONFLICT);
  }

  private InstanceExec exec() throws RuntimeFailure {
    return fixture().ability(InstanceExec.class);
  }

  private RuntimeFailure fails(String id, List<String> command) throws RuntimeFailure {
    InstanceExec exec = exec();
    RuntimeFailure failure =
        catchThrowableOfType(
            RuntimeFailure.class,
            () ->
                exec.exec(
                    id,
                    command,
                    InputStream.nullInputStream(),
                    new ByteArrayOutputStream(),
                    new ByteArrayOutputStream()));
    assertThat(failure).as("failure of %s in %s", command, id).isNotNull();
    return failure;
  }

  private Result sh(String id, String script, String input) throws RuntimeFailure {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    InputStream stdin = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
    int code = exec().exec(id, List.of("sh", "-c", script), stdin, out, err);
    return new Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  record Result(int code, String out, String err) {}
}
