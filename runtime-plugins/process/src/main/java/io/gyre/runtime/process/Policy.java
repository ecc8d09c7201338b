package io.gyre.runtime.process;

import io.gyre.runtime.spi.RestartPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The file by which the host tells a keeper what is wanted; shell assignments that the keeper
 * evaluates.
 *
 * @param run whether it should run; false: stop
 * @param jitterPermille of the delay
 */
record Policy(
    boolean run,
    RestartPolicy.Mode mode,
    long initialMs,
    long maxMs,
    long jitterPermille,
    long resetMs,
    int stopSignal,
    long graceMs) {
  static Policy of(RestartPolicy policy, int stopSignal, long graceMs) {
    return new Policy(
        true,
        policy.mode(),
        Math.max(1, policy.initialDelay().toMillis()),
        Math.max(1, policy.maxDelay().toMillis()),
        Math.clamp(Math.round(policy.jitter() * 1000), 0, 500),
        policy.resetAfter().toMillis(),
        stopSignal,
        graceMs);
  }

  Policy stopped() {
    return new Policy(false, mode, initialMs, maxMs, jitterPermille, resetMs, stopSignal, graceMs);
  }

  Policy running() {
    return new Policy(true, mode, initialMs, maxMs, jitterPermille, resetMs, stopSignal, graceMs);
  }

  /** Whether the process is to be started again after it ended with a code. */
  boolean restarts(int code) {
    return run
        && switch (mode) {
          case ALWAYS -> true;
          case ON_FAILURE -> code != 0;
          case NEVER -> false;
        };
  }

  String text() {
    return String.format(
        Locale.ROOT,
        "wanted=%s mode=%s initial=%d max=%d jitter=%d reset=%d signal=%d grace=%d%n",
        run ? "run" : "stop",
        name(mode),
        initialMs,
        maxMs,
        jitterPermille,
        resetMs,
        stopSignal,
        graceMs);
  }

  static Policy read(Path file) throws IOException {
    try {
      Map<String, String> values =
          Arrays.stream(Files.readString(file).strip().split(" "))
              .map(word -> word.split("=", 2))
              .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
      return new Policy(
          need(values, "wanted").equals("run"),
          mode(need(values, "mode")),
          Long.parseLong(need(values, "initial")),
          Long.parseLong(need(values, "max")),
          Long.parseLong(need(values, "jitter")),
          Long.parseLong(need(values, "reset")),
          Integer.parseInt(need(values, "signal")),
          Long.parseLong(need(values, "grace")));
    } catch (RuntimeException e) {
      throw new IOException(file + " is damaged: " + e, e);
    }
  }

  private static String need(Map<String, String> values, String key) {
    return Objects.requireNonNull(values.get(key), key);
  }

  private static String name(RestartPolicy.Mode mode) {
    return switch (mode) {
      case ALWAYS -> "always";
      case ON_FAILURE -> "failure";
      case NEVER -> "never";
    };
  }

  private static RestartPolicy.Mode mode(String name) {
    return switch (name) {
      case "always" -> RestartPolicy.Mode.ALWAYS;
      case "failure" -> RestartPolicy.Mode.ON_FAILURE;
      default -> RestartPolicy.Mode.NEVER;
    };
  }
}
