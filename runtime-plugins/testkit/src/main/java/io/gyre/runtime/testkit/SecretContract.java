package io.gyre.runtime.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.InstanceSecrets;
import io.gyre.runtime.spi.InstanceSpec;
import io.gyre.runtime.spi.InstanceStatus;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.SecretRefresh;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Files with secrets, and what becomes of them under a workload that runs. */
interface SecretContract extends ContractFixture {
  /** Prints what it sees whenever that is something else. */
  String TELLS =
      "trap 'exit 0' TERM; cd $GYRE_SECRETS/run; while :; do"
          + " now=\"a=$(cat pair/a) one=$(cat one) token=$TOKEN keys=$(echo $(ls pair))"
          + " modes=$(echo $(stat -c %u:%a pair pair/* one))\";"
          + " [ \"$now\" = \"$last\" ] || echo \"$now\"; last=$now; sleep 0.05; done";

  @Test
  default void tellsWhetherItReplacesSecrets() throws RuntimeFailure {
    assertThat(fixture().runtime().ability(SecretRefresh.class).isPresent())
        .isEqualTo(fixture().can(Capability.SECRET_REFRESH));
  }

  @Test
  default void replacesTheFilesOfSecretsUnderAWorkloadThatRuns() throws RuntimeFailure {
    if (!fixture().can(Capability.SECRET_REFRESH) || !fixture().can(Capability.LOGS)) {
      return;
    }
    fixture().secrets(id -> secrets("t1", "long enough", Map.of("a", "1", "old", "")));
    InstanceSpec spec = fixture().spec(workloads().shell(TELLS)).build();
    fixture().runtime().start(spec);
    String first = awaitTold(spec.id(), "a=1 one=long enough token=t1 keys=a old modes=", "");
    Long pid = fixture().status(spec.id()).pid();
    String modes = first.substring(first.indexOf("modes="));

    fixture().secrets(id -> secrets("t2", "short", Map.of("a", "22", "new", "x")));
    SecretRefresh refresh = fixture().ability(SecretRefresh.class);
    refresh.refreshSecrets(spec.id());
    refresh.refreshSecrets(spec.id());
    refresh.refreshSecrets("nobody-1");
    assertThat(fixture().find("nobody-1")).isEmpty();
    awaitTold(spec.id(), "a=22 one=short token=t1 keys=a new", modes);

    // A later generation goes on with what an earlier one made.
    fixture().reopen();
    fixture().secrets(id -> secrets("t2", "", Map.of("a", "333")));
    fixture().ability(SecretRefresh.class).refreshSecrets(spec.id());
    awaitTold(spec.id(), "a=333 one= token=t1 keys=a modes=", "");
    assertThat(fixture().status(spec.id()).pid()).isEqualTo(pid);

    // What is stopped has them, too, and its variables at its next start.
    fixture().runtime().stop(spec.id());
    fixture().secrets(id -> secrets("t3", "next", Map.of("a", "4")));
    fixture().ability(SecretRefresh.class).refreshSecrets(spec.id());
    assertThat(fixture().status(spec.id()).state()).isEqualTo(InstanceStatus.State.STOPPED);
    fixture().runtime().start(spec);
    awaitTold(spec.id(), "a=4 one=next token=", "");
  }

  private static InstanceSecrets secrets(String token, String one, Map<String, String> pair) {
    return new InstanceSecrets(
        Map.of("TOKEN", token),
        List.of(
            new InstanceSecrets.Volume("/run/pair", true, bytes(pair)),
            new InstanceSecrets.Volume("/run/one", false, bytes(Map.of("one", one)))));
  }

  private static Map<String, byte[]> bytes(Map<String, String> texts) {
    return texts.entrySet().stream()
        .collect(
            Collectors.toMap(
                Map.Entry::getKey, each -> each.getValue().getBytes(StandardCharsets.UTF_8)));
  }

  private String awaitTold(String id, String begin, String end) {
    return Objects.requireNonNull(
        Await.value(
            () ->
                LogsContract.texts(fixture(), id).stream()
                    .filter(line -> line.startsWith(begin) && line.endsWith(end))
                    .findFirst(),
            () -> id + " to print " + begin + " ... " + end));
  }
}
