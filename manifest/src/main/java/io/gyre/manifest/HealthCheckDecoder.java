package io.gyre.manifest;

import io.gyre.model.HealthCheck;
import io.gyre.model.HealthCheck.OnFailure;
import io.gyre.model.HealthCheck.Probe;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code health_checks}. The kind is {@code type:}, or the key that names the target. */
final class HealthCheckDecoder {
  static final Keys KEYS =
      new Keys(
          Order.of(
              "type",
              "http",
              "tcp",
              "command",
              "url",
              "port",
              "interval",
              "timeout",
              "threshold",
              "on_failure",
              "readiness",
              "min_healthy_time",
              "start_period",
              "success_threshold",
              "startup",
              "method",
              "headers",
              "expected_status"),
          Order.of("grpc"),
          Map.of("retries", "use threshold", "path", "use url", "test", "use command"));

  static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(10);
  static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);
  static final Integer DEFAULT_THRESHOLD = 3;
  static final Duration DEFAULT_MIN_HEALTHY = Duration.ofSeconds(10);

  private static final int LONGEST_URL = 2048;
  private static final Duration SHORTEST = Duration.ofMillis(10);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);

  /** Each kind and the key that names its target where {@code type:} is given. */
  private static final Map<String, String> KINDS = new LinkedHashMap<>();

  private static final Map<String, OnFailure> ACTIONS = new LinkedHashMap<>();

  static {
    KINDS.put("tcp", "port");
    KINDS.put("http", "url");
    KINDS.put("command", "command");
    ACTIONS.put("restart", OnFailure.RESTART);
    ACTIONS.put("stop", OnFailure.STOP);
    ACTIONS.put("alert", OnFailure.ALERT);
  }

  private HealthCheckDecoder() {}

  static List<HealthCheck> decode(@Nullable Value checks, Target target) {
    List<HealthCheck> all = new ArrayList<>();
    List<Value> items = checks == null ? null : checks.items("a list of health checks");
    for (Value item : items == null ? List.<Value>of() : items) {
      Fields fields = item.fields(KEYS, "a map, as in {type: http, url: \"http://localhost/\"}");
      HealthCheck check = fields == null ? null : decodeOne(fields, target);
      if (check != null) {
        all.add(check);
      }
    }
    return all;
  }

  private static @Nullable HealthCheck decodeOne(Fields fields, Target target) {
    String kind = kind(fields);
    Probe probe = kind == null ? null : probe(kind, fields, target);
    Value threshold = fields.get("threshold");
    Value onFailure = fields.get("on_failure");
    Value readiness = fields.get("readiness");
    Value startupValue = fields.get("startup");
    Value successes = fields.get("success_threshold");
    Boolean startup = startupValue == null ? Boolean.FALSE : startupValue.bool();
    Integer enough = successes == null ? Integer.valueOf(1) : successes.integer(1, 1000);
    if (startupValue != null && Boolean.TRUE.equals(startup) && readiness != null) {
      startupValue.problem(
          "readiness_conflict", "a startup check ends with its first success; use two checks");
    }
    Duration interval = duration(fields, "interval", SHORTEST, DAY, DEFAULT_INTERVAL);
    Duration timeout = duration(fields, "timeout", SHORTEST, HOUR, DEFAULT_TIMEOUT);
    Integer failures = threshold == null ? DEFAULT_THRESHOLD : threshold.integer(1, 1000);
    Boolean ready = readiness == null ? Boolean.FALSE : readiness.bool();
    Duration noLess = Boolean.TRUE.equals(ready) ? DEFAULT_MIN_HEALTHY : Duration.ZERO;
    Duration healthy = duration(fields, "min_healthy_time", Duration.ZERO, HOUR, noLess);
    Duration start = duration(fields, "start_period", Duration.ZERO, DAY, Duration.ZERO);
    OnFailure action =
        onFailure != null
            ? onFailure.oneOf(ACTIONS)
            : Boolean.TRUE.equals(ready) ? OnFailure.ALERT : OnFailure.RESTART;
    if (probe == null || interval == null || timeout == null || failures == null) {
      return null;
    }
    if (ready == null || healthy == null || start == null || action == null) {
      return null;
    }
    if (startup == null || enough == null) {
      return null;
    }
    return new HealthCheck(
        probe, interval, timeout, failures, action, ready, healthy, start, enough, startup);
  }

  private static @Nullable Duration duration(
      Fields fields, String key, Duration min, Duration max, Duration otherwise) {
    Value value = fields.get(key);
    return value == null ? otherwise : Durations.read(value, min, max);
  }

  /** The kind of the check; null, with a problem, where it has none or several. */
  private static @Nullable String kind(Fields fields) {
    Value type = fields.get("type");
    if (type != null) {
      String word = type.oneOf(identity());
      if (word != null) {
        refuseOthers(fields, word, KINDS.getOrDefault(word, word), "a check of type " + word);
      }
      return word;
    }
    List<String> given = KINDS.keySet().stream().filter(fields::has).toList();
    if (given.size() == 1) {
      refuseOthers(fields, given.getFirst(), given.getFirst(), "a check with " + given.getFirst());
      return given.getFirst();
    }
    fields
        .block()
        .problem(
            "type.required",
            given.isEmpty()
                ? "type is missing: one of tcp, http, command"
                : "a check is one of tcp, http and command; make several checks of it");
    return null;
  }

  private static Map<String, String> identity() {
    Map<String, String> words = new LinkedHashMap<>();
    KINDS.keySet().forEach(kind -> words.put(kind, kind));
    return words;
  }

  private static void refuseOthers(Fields fields, String kind, String target, String what) {
    for (String key : List.of("http", "tcp", "command", "url", "port")) {
      Value value = fields.get(key);
      if (value != null && !key.equals(target)) {
        String instead = key.equals(kind) ? "; use " + target + ", or leave type out" : "";
        value.problem("conflict", "does not belong to " + what + instead);
      }
    }
  }

  private static @Nullable Probe probe(String kind, Fields fields, Target target) {
    String key = fields.has("type") ? KINDS.getOrDefault(kind, kind) : kind;
    if (!kind.equals("http")) {
      HttpProbeDecoder.refuse(fields);
    }
    return switch (kind) {
      case "tcp" -> tcp(fields, key, target);
      case "http" -> http(fields, key, target);
      default -> command(fields, key, target);
    };
  }

  private static @Nullable Probe tcp(Fields fields, String key, Target target) {
    Value port = fields.get(key);
    if (port == null || port.isNull()) {
      if (target.givesPort()) {
        return new Probe.Tcp(0);
      }
      fields.block().problem("port.required", "a port is missing: 1 to 65535");
      return null;
    }
    if (target.givesPort() && refersToPort(port, true)) {
      return null;
    }
    Integer number = port.integer(1, 65535, "a port");
    return number == null ? null : new Probe.Tcp(number);
  }

  private static @Nullable Probe http(Fields fields, String key, Target target) {
    Value value = fields.require(key, "as in http://localhost:8080/healthz");
    if (value == null || (target.givesPort() && refersToPort(value, false))) {
      return null;
    }
    String url = value.text("a URL such as http://localhost:8080/healthz");
    if (url == null) {
      return null;
    }
    Optional<String> problem = urlProblem(url);
    if (problem.isPresent()) {
      value.problem("invalid", Excerpt.quoted(url) + " " + problem.get());
      return null;
    }
    return HttpProbeDecoder.decode(url, fields);
  }

  /** Whether it names {@code $PORT}, which a probe means by leaving the port out. */
  private static boolean refersToPort(Value value, boolean whole) {
    boolean refers = value.mentionsPort();
    if (refers) {
      value.problem(
          "port_variable",
          whole
              ? "leave the port out: it is then the instance's own PORT"
              : "leave \":$PORT\" out: without a port it is the instance's own PORT");
    }
    return refers;
  }

  private static Optional<String> urlProblem(String url) {
    if (url.length() > LONGEST_URL) {
      return Optional.of("is longer than " + LONGEST_URL + " characters");
    }
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      return Optional.of("is not a URL: " + e.getReason());
    }
    String scheme = uri.getScheme();
    if (scheme == null || !(scheme.equals("http") || scheme.equals("https"))) {
      return Optional.of("must start with http:// or https://");
    }
    if (uri.getHost() == null) {
      return Optional.of("has no valid host; localhost is the instance");
    }
    if (uri.getPort() == 0 || uri.getPort() > 65535) {
      return Optional.of("has a port that is not between 1 and 65535");
    }
    return uri.getRawFragment() == null
        ? Optional.empty()
        : Optional.of("has a fragment (#), which is never sent");
  }

  private static @Nullable Probe command(Fields fields, String key, Target target) {
    Value value = fields.require(key, "the command to run in the instance");
    if (value == null) {
      return null;
    }
    target.need("EXEC", value, "a command health check");
    List<String> words = CommandLine.ofProbe(value, target.process());
    return words == null ? null : new Probe.Command(words);
  }
}
