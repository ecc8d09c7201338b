package io.gyre.component;

import io.gyre.model.Component;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

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
 *   webhook_allow: []      ranges of addresses that webhooks may call besides public ones
 *   webhook_ca: ""         PEM file: authorities that webhooks trust besides those of the JDK
 *   tls:                   off where it is left out
 *     certificate, key:    PEM files, a chain and its PKCS#8 key; or
 *     generated: true      one that the API makes
 *     client_ca:           PEM file: who shows a certificate of it is the user that it names
 *     client_names: [cn]   where in it: cn, uri, email:DOMAIN, dns:DOMAIN; the first that it has
 *     client_auth: optional   or required
 *     min_version: 1.2     or 1.3
 * </pre>
 */
public record ApiDoor(
    List<String> hosts,
    List<String> origins,
    Limits limits,
    Audit audit,
    @Nullable Tls tls,
    List<String> webhookAllow,
    String webhookCa) {
  public static final ApiDoor DEFAULT =
      new ApiDoor(
          List.of(), List.of(), new Limits(500, 1000, 2000, 256), new Audit(200_000, 365), null);

  public ApiDoor {
    hosts = List.copyOf(hosts);
    origins = List.copyOf(origins);
    webhookAllow = List.copyOf(webhookAllow);
  }

  /** With webhooks to public addresses only. */
  public ApiDoor(
      List<String> hosts, List<String> origins, Limits limits, Audit audit, @Nullable Tls tls) {
    this(hosts, origins, limits, audit, tls, List.of(), "");
  }

  public record Limits(int requests, int streams, int connections, int connectionsPerAddress) {}

  public record Audit(int keep, int keepDays) {
    public Duration keepFor() {
      return Duration.ofDays(keepDays);
    }
  }

  /**
   * @param certificate and
   * @param key empty where they are generated
   * @param clientCa empty: certificates of clients aren't asked for
   * @param clientNames where the user is named: {@code cn}, {@code uri}, {@code email:DOMAIN} or
   *     {@code dns:DOMAIN}; of several the first that a certificate has counts
   */
  public record Tls(
      boolean generated,
      String certificate,
      String key,
      String clientCa,
      boolean clientRequired,
      String minVersion,
      List<String> clientNames) {
    private static final List<String> COMMON_NAME = List.of("cn");
    private static final Pattern NAME =
        Pattern.compile("cn|uri|(email|dns):[a-z0-9-]+(\\.[a-z0-9-]+)*");

    public Tls {
      clientNames = List.copyOf(clientNames);
    }

    /** With users named by common names. */
    public Tls(
        boolean generated,
        String certificate,
        String key,
        String clientCa,
        boolean clientRequired,
        String minVersion) {
      this(generated, certificate, key, clientCa, clientRequired, minVersion, COMMON_NAME);
    }
  }

  private static @Nullable Tls parseTls(StrictYaml.Section api) {
    StrictYaml.Section tls = api.section("tls");
    boolean generated = tls.flag("generated", false);
    String certificate = tls.text("certificate", "");
    String key = tls.text("key", "");
    String clientCa = tls.text("client_ca", "");
    boolean required =
        tls.choice("client_auth", "optional", "optional", "required").equals("required");
    String version = tls.choice("min_version", "1.2", "1.2", "1.3");
    if (generated && !(certificate.isEmpty() && key.isEmpty())) {
      tls.refuse("generated", "goes with neither certificate nor key");
    }
    if (!generated && certificate.isEmpty() != key.isEmpty()) {
      tls.refuse(certificate.isEmpty() ? "key" : "certificate", "needs both, certificate and key");
    }
    if (required && clientCa.isEmpty()) {
      tls.refuse("client_auth", "required needs a client_ca");
    }
    List<String> names = tls.texts("client_names");
    names.stream()
        .filter(name -> !Tls.NAME.matcher(name).matches())
        .forEach(
            name ->
                tls.refuse(
                    "client_names",
                    "expected cn, uri, email:DOMAIN or dns:DOMAIN (in lower case), found " + name));
    if (!names.isEmpty() && clientCa.isEmpty()) {
      tls.refuse("client_names", "needs a client_ca");
    }
    boolean on = generated || !(certificate.isEmpty() || key.isEmpty());
    if (!on && !clientCa.isEmpty()) {
      tls.refuse("client_ca", "needs a certificate and a key, or generated: true");
    }
    return on
        ? new Tls(
            generated,
            certificate,
            key,
            clientCa,
            required,
            version,
            names.isEmpty() ? Tls.COMMON_NAME : names)
        : null;
  }

  private static String text(@Nullable Tls tls) {
    if (tls == null) {
      return "off";
    }
    String own = tls.generated() ? "generated" : tls.certificate() + " " + tls.key();
    String clients =
        tls.clientCa().isEmpty()
            ? ""
            : ", clients of "
                + tls.clientCa()
                + (tls.clientRequired() ? " only" : "")
                + (tls.clientNames().equals(Tls.COMMON_NAME) ? "" : " by " + tls.clientNames());
    return own + ", from " + tls.minVersion() + clients;
  }

  List<ConfigSetting> settings() {
    return List.of(
        new ConfigSetting("api.tls", text(tls), Set.of(Component.API), false),
        live("api.hosts", hosts.toString()),
        live("api.origins", origins.toString()),
        live("api.webhook_allow", webhookAllow.toString()),
        live("api.webhook_ca", webhookCa),
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
    List<String> allowed = api.texts("webhook_allow");
    allowed.stream()
        .filter(range -> Cidr.parse(range).isEmpty())
        .forEach(
            range ->
                api.refuse(
                    "webhook_allow",
                    "expected ranges of addresses as in 10.1.0.0/16 or fd00::/8, found " + range));
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
            audit.number("keep_days", DEFAULT.audit().keepDays(), 1, 3650)),
        parseTls(api),
        allowed,
        api.text("webhook_ca", ""));
  }
}
