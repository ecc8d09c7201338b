package io.gyre.runtime.docker;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimeFailure.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EngineErrorsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          500 | driver failed programming external connectivity on endpoint x: Bind for 0.0.0.0:80 failed: port is already allocated | CONFLICT | port_in_use
          500 | error starting userland proxy: listen tcp4 0.0.0.0:80: bind: address already in use | CONFLICT | port_in_use
          400 | OCI runtime create failed: exec: "nope": executable file not found in $PATH: unknown | INVALID | program_not_found
          400 | OCI runtime create failed: exec: "/etc": permission denied: unknown | INVALID | program_not_found
          400 | No command specified | INVALID | program_not_found
          400 | unable to find user nobody9: no matching entries in passwd file | INVALID | user_not_found
          400 | invalid mount config for type "bind": bind source path does not exist: /x | INVALID | bind_source_missing
          400 | Minimum memory limit allowed is 6MB | INVALID | engine_refused
          500 | write /var/lib/docker/x: no space left on device | EXHAUSTED | disk_full
          404 | could not find an available, non-overlapping IPv4 address pool among the defaults | EXHAUSTED | network_pool_exhausted
          500 | something else broke | ENGINE | start_failed
          """)
  void namesTheCause(int status, String reason, Kind kind, String code) {
    RuntimeFailure failure =
        EngineErrors.startFailed(EngineErrors.refused(status, reason, null), "web-1");
    assertThat(failure.kind()).isEqualTo(kind);
    assertThat(failure.code()).isEqualTo(code);
    assertThat(failure).hasMessageContaining("web-1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Status 404: {"message":"No such container: x"} | No such container: x
          plain words                                     | plain words
          Status 500: {broken                             | Status 500: {broken
          """)
  void takesTheEnginesOwnWords(String message, String expected) {
    assertThat(EngineErrors.reason(message)).isEqualTo(expected);
  }
}
