package io.gyre.component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class GyreConfigTest {
  @Test
  void nothingMeansTheDefaults() {
    GyreConfig config = GyreConfig.parse("gyre.yaml", "");
    assertThat(config.api()).isEqualTo(new GyreConfig.Api("127.0.0.1", 7070, 4 << 20));
    assertThat(config.reconciler())
        .isEqualTo(new GyreConfig.Reconciler(Duration.ofSeconds(30), 20_000));
    assertThat(config.runtime().settings()).isEmpty();
    assertThat(config.logLevel()).isEqualTo("info");
  }

  @Test
  void everyKeyIsRead() {
    GyreConfig config =
        GyreConfig.parse(
            "gyre.yaml",
            """
            api: { address: 0.0.0.0, port: 0, max_body: 128Ki }
            reconciler: { resync: 5m, keep_events: 100 }
            runtime:
              settings:
                process: { port_range: 30000-30010 }
                docker: { host: "unix:///run/docker.sock" }
            log_level: debug
            """);
    assertThat(config.api()).isEqualTo(new GyreConfig.Api("0.0.0.0", 0, 128 << 10));
    assertThat(config.reconciler())
        .isEqualTo(new GyreConfig.Reconciler(Duration.ofMinutes(5), 100));
    assertThat(config.runtime().settings().get("process"))
        .containsEntry("port_range", "30000-30010");
    assertThat(config.runtime().settings().get("docker")).containsKey("host");
    assertThat(config.logLevel()).isEqualTo("debug");
  }

  @Test
  void zeroTurnsTheMetricsOff() {
    for (String zero : List.of("0", "0s", "0m")) {
      assertThat(interval(zero)).isEqualTo(Duration.ZERO);
    }
    assertThat(interval("5s")).isEqualTo(Duration.ofSeconds(5));
    assertThat(GyreConfig.parse("gyre.yaml", "").runtime().metricsInterval())
        .isEqualTo(Duration.ofSeconds(15));
    assertThat(problems("runtime: { metrics_interval: 10ms }"))
        .singleElement()
        .asString()
        .contains("runtime.metrics_interval", "from 1s to 3600s, found 10ms");
  }

  private static Duration interval(String text) {
    return GyreConfig.parse("gyre.yaml", "runtime: { metrics_interval: " + text + " }")
        .runtime()
        .metricsInterval();
  }

  @Test
  void admissionTakesAmountsAndWords() {
    assertThat(GyreConfig.parse("gyre.yaml", "").admission())
        .isEqualTo(new GyreConfig.Admission(-1, -1, -1, 4));
    assertThat(
            GyreConfig.parse(
                    "gyre.yaml",
                    "admission: { memory: 6Gi, reserve: 1Gi, cpu: 1.5, cpu_overcommit: 2 }")
                .admission())
        .isEqualTo(new GyreConfig.Admission(6L << 30, 1L << 30, 1500, 2));
    GyreConfig words =
        GyreConfig.parse("gyre.yaml", "admission: { memory: unlimited, reserve: auto, cpu: 250m }");
    assertThat(words.admission()).isEqualTo(new GyreConfig.Admission(Long.MAX_VALUE, -1, 250, 4));
    assertThat(words.settings())
        .filteredOn(setting -> setting.key().startsWith("admission."))
        .allMatch(ConfigSetting::live)
        .extracting(ConfigSetting::value)
        .containsExactly("unlimited", "auto", "250m", "4");
    assertThat(
            problems("admission: { memory: much, reserve: unlimited, cpu: 0, cpu_overcommit: 0 }"))
        .containsExactly(
            "gyre.yaml:1:22: admission.memory: expected bytes such as 4Mi, from 1048576 to"
                + " 1125899906842624, or one of auto, unlimited, found much",
            "gyre.yaml:1:37: admission.reserve: expected bytes such as 4Mi, from 0 to"
                + " 1125899906842624, or one of auto, found unlimited",
            "gyre.yaml:1:53: admission.cpu: expected cores such as 8, 1.5 or 500m, or one of auto,"
                + " unlimited, found 0",
            "gyre.yaml:1:72: admission.cpu_overcommit: expected a number from 1 to 100, found 0");
  }

  @Test
  void everyProblemIsReportedAtOnceWithItsPlace() {
    assertThat(
            problems(
                """
                api: { port: 99999, prot: 1 }
                reconciler:
                  resync: soon
                log_level: loud
                apis: 1
                """))
        .containsExactly(
            "gyre.yaml:1:14: api.port: expected a number from 0 to 65535, found 99999",
            "gyre.yaml:3:11: reconciler.resync: expected a duration such as 500ms, 30s, 5m, from 1s to"
                + " 3600s, found soon",
            "gyre.yaml:4:12: log_level: expected one of error, warn, info, debug, found loud",
            "gyre.yaml:5:1: apis: unknown key; known here: api, reconciler, runtime, admission, log_level, secrets",
            "gyre.yaml:1:21: api.prot: unknown key; known here: address, port, max_body,"
                + " limits, audit, webhook_allow, hosts, origins, tls, webhook_ca");
  }

  @Test
  void certificatesOfClientsNameThemInKnownPlacesOnly() {
    String tls = "api: { tls: { generated: true, client_ca: /ca.pem, client_names: %s } }";
    ApiDoor.Tls usual = GyreConfig.parse("gyre.yaml", tls.formatted("[]")).api().door().tls();
    assertThat(usual).extracting(ApiDoor.Tls::clientNames).isEqualTo(List.of("cn"));
    ApiDoor.Tls several =
        GyreConfig.parse("gyre.yaml", tls.formatted("[uri, \"email:a.example\", cn]"))
            .api()
            .door()
            .tls();
    assertThat(several)
        .extracting(ApiDoor.Tls::clientNames)
        .isEqualTo(List.of("uri", "email:a.example", "cn"));
    assertThat(problems(tls.formatted("[email, \"dns:*.example\", CN, \"uri:x\"]")))
        .hasSize(4)
        .allMatch(problem -> problem.contains("api.tls.client_names: expected cn, uri, email:"));
    assertThat(problems("api: { tls: { generated: true, client_names: [uri] } }"))
        .singleElement()
        .asString()
        .contains("api.tls.client_names: needs a client_ca");
  }

  @Test
  void webhooksMayBeAllowedRangesOfAddressesOnly() {
    assertThat(
            GyreConfig.parse("gyre.yaml", "api: { webhook_allow: [10.1.0.0/16, \"::1\"] }")
                .api()
                .door()
                .webhookAllow())
        .containsExactly("10.1.0.0/16", "::1");
    assertThat(problems("api: { webhook_allow: [10.1.0.0/99, localhost] }"))
        .hasSize(2)
        .allMatch(problem -> problem.startsWith("gyre.yaml:1:23: api.webhook_allow: expected"));
  }

  @Test
  void whatIsNotYamlIsRefusedWithItsPlace() {
    assertThat(problems("api: ["))
        .singleElement()
        .asString()
        .startsWith("gyre.yaml:1:7: not YAML:");
    assertThat(problems("- a")).containsExactly("gyre.yaml:1:1: expected keys and values");
    assertThat(problems("api: 3")).containsExactly("gyre.yaml:1:6: api: expected keys and values");
  }

  private static List<String> problems(String text) {
    GyreException refused =
        catchThrowableOfType(GyreException.class, () -> GyreConfig.parse("gyre.yaml", text));
    assertThat(refused).isNotNull();
    return refused.violations().stream().map(Violation::text).toList();
  }
}
