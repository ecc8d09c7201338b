package io.gyre.component;

import io.gyre.model.Component;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * Who may come in at the API, how much at once, and what is kept of it; part of {@link GyreConfig}.
 *
 * <pre>
 * api:
 *   hosts: []              names that clients may call this API by, besides the machine's own
 *   origins: []            of web pages that may use it, as in https://ops.example.com
 *   limits:
 *     requests: 500        per second and identity, ten times as many at once, 1-100000
 *     streams: 1000        open at once per identity, 1-100000
 *     connections: 2000    open at once, 16-100000
 *     connections_per_address: 256   of another machine, 1-100000
 *   audit:
 *     keep: 200000         rows of the audit log, 1000-10000000
 *     keep_days: 365       1-3650
 * </pre>
 */
public record ApiDoor(List<String> hosts, List<String> origins, Limits limits, Audit audit) {
  public static final ApiDoor DEFAULT =
      new ApiDoor(List.of(), List.of(), new Limits(500, 1000, 2000, 256), new Audit(200_000, 365));

  public ApiDoor {
    hosts = List.copyOf(hosts);
    origins = List.copyOf(origins);
  }

  public record Limits(int requests, int streams, int connections, int connectionsPerAddress) {}

  public record Audit(int keep, int keepDays) {
    public Duration keepFor() {
      return Duration.ofDays(keepDays);
    }
  }

  List<ConfigSetting> settings() {
    return List.of(
        live("api.hosts", hosts.toString()),
        live("api.origins", origins.toString()),
        live("api.limits.requests", limits.requests()),
        live("api.limits.streams", limits.streams()),
        new ConfigSetting(
            "api.limits.connections",
            Integer.toString(limits.connections()),
            Set.of(Component.API),
            false),
        live("api.limits.connections_per_address", limits.connectionsPerAddress()),
        live("api.audit.keep", audit.keep()),
        live("api.audit.keep_days", audit.keepDays()));
  }

  private static ConfigSetting live(String key, Object value) {
    return new ConfigSetting(key, value.toString(), Set.of(Component.API), true);
  }

  static ApiDoor parse(StrictYaml.Section api) {
    StrictYaml.Section limits = api.section("limits");
    StrictYaml.Section audit = api.section("audit");
    Limits usual = DEFAULT.limits();
    int most = 100_000;
    return new ApiDoor(
        api.texts("hosts"),
        api.texts("origins"),
        new Limits(
            limits.number("requests", usual.requests(), 1, most),
            limits.number("streams", usual.streams(), 1, most),
            limits.number("connections", usual.connections(), 16, most),
            limits.number("connections_per_address", usual.connectionsPerAddress(), 1, most)),
        new Audit(
            audit.number("keep", DEFAULT.audit().keep(), 1000, 10_000_000),
            audit.number("keep_days", DEFAULT.audit().keepDays(), 1, 3650)));
  }
}
