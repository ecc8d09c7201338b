package io.gyre.manifest;

import io.gyre.model.HealthCheck;
import io.gyre.model.HealthCheck.OnFailure;
import java.time.Duration;
import java.util.Locale;

/** {@code health_checks}, the other way round. */
final class HealthCheckWriter {
  private HealthCheckWriter() {}

  static Object write(HealthCheck check) {
    ManifestWriter.Block block = new ManifestWriter.Block();
    switch (check.probe()) {
      case HealthCheck.Probe.Tcp(int port) when port == 0 -> block.put("type", "tcp");
      case HealthCheck.Probe.Tcp(int port) -> block.put("tcp", port);
      case HealthCheck.Probe.Http http -> {
        block.put("http", ManifestWriter.escaped(http.url()));
        block.put("method", http.method(), "GET");
        block.texts("headers", http.headers());
        block.put("expected_status", http.expectedStatus(), HealthCheck.Probe.Http.SUCCESS);
      }
      case HealthCheck.Probe.Command command ->
          block.put("command", command.command().stream().map(ManifestWriter::escaped).toList());
    }
    block.duration("interval", check.interval(), HealthCheckDecoder.DEFAULT_INTERVAL);
    block.duration("timeout", check.timeout(), HealthCheckDecoder.DEFAULT_TIMEOUT);
    block.put("threshold", check.threshold(), HealthCheckDecoder.DEFAULT_THRESHOLD);
    block.put(
        "on_failure",
        word(check.onFailure()),
        word(check.readiness() ? OnFailure.ALERT : OnFailure.RESTART));
    block.put("readiness", check.readiness(), false);
    block.duration(
        "min_healthy_time",
        check.minHealthyTime(),
        check.readiness() ? HealthCheckDecoder.DEFAULT_MIN_HEALTHY : Duration.ZERO);
    block.duration("start_period", check.startPeriod(), Duration.ZERO);
    block.put("success_threshold", check.successThreshold(), 1);
    block.put("startup", check.startup(), false);
    return block.fields;
  }

  private static String word(OnFailure action) {
    return action.name().toLowerCase(Locale.ROOT);
  }
}
