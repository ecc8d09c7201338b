package io.gyre.runtime.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gyre.runtime.spi.RuntimeFailure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Signals, users, programs and quoting. */
final class HostLookupTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"SIGTERM,15", "term,15", "INT,2", "SIGRTMIN+3,37", "9,9", "SIGUSR2,12"})
  void knowsSignals(String name, int number) throws RuntimeFailure {
    assertThat(Signals.number(name)).isEqualTo(number);
  }

  @ParameterizedTest
  @ValueSource(strings = {"SIGFOO", "", "0", "65", "RTMIN+40", "TERM; rm -rf /"})
  void refusesOtherSignals(String name) {
    assertThatThrownBy(() -> Signals.number(name)).isInstanceOf(RuntimeFailure.class);
  }

  @Test
  void resolvesUsers() throws RuntimeFailure {
    assertThat(Users.resolve("root")).isEqualTo(new Users(0, 0, "root", "/root"));
    assertThat(Users.resolve("0").name()).isEqualTo("root");
    assertThat(Users.resolve("54321:54322")).isEqualTo(new Users(54321, 54322, null, "/"));
    assertThat(Users.resolve("54321").gid()).isEqualTo(54321);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nobody-knows-me", "", ":5", "1:2:3", "root:5", "-u"})
  void refusesOtherUsers(String user) {
    assertThatThrownBy(() -> Users.resolve(user))
        .isInstanceOf(RuntimeFailure.class)
        .extracting("code")
        .isEqualTo("user_unknown");
  }

  @Test
  void checksPrograms() throws Exception {
    Path script = directory.resolve("script");
    Files.writeString(script, "#!/no/such/interpreter -x\n");
    assertThatThrownBy(() -> check("./script")).hasMessageContaining("isn't executable");
    assertThat(script.toFile().setExecutable(true)).isTrue();
    assertThatThrownBy(() -> check("./script")).hasMessageContaining("/no/such/interpreter");
    Files.writeString(script, "#!/bin/sh\n");
    check("./script");
    check("sh");
    assertThatThrownBy(() -> check("./other")).hasMessageContaining(directory + "/./other");
    assertThatThrownBy(() -> check("/bin")).hasMessageContaining("directory");
    assertThatThrownBy(() -> check("nope")).hasMessageContaining("/usr/bin:/bin");
    assertThatThrownBy(() -> check("")).isInstanceOf(RuntimeFailure.class);
  }

  private void check(String program) throws RuntimeFailure {
    Programs.check(program, directory, "/usr/bin:/bin");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "'", "''", "a'b$c`d\\", "\"", "*", " x ", "tab\tnew\nline", "ünï"})
  void quotesForTheShell(String text) throws Exception {
    Process process = new ProcessBuilder("sh", "-c", "printf %s " + Shell.quote(text)).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(printed).isEqualTo(text);
  }
}
