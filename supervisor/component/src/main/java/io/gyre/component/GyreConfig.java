package io.gyre.component;

import io.gyre.model.Amounts;
import io.gyre.model.Component;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.regex.Pattern;

/**
 * The configuration of all components: {@link Home#configFile}, every key optional. Strict: unknown
 * keys and wrong values are refused, all of them at once. What of it takes effect without a restart
 * is said by {@link #settings()}.
 *
 * <pre>
 * api:
 *   address: 127.0.0.1     literal address to listen on
 *   port: 7070             0-65535; 0: any free one
 *   max_body: 4Mi          largest request body, 64Ki-64Mi
 *                          and more, see ApiDoor
 * reconciler:
 *   resync: 30s            full pass as a safety net, 1s-1h
 *   keep_events: 20000     events kept, 100-1000000
 * runtime:
 *   settings:              per runtime, handed to its plugin
 *     process: { port_range: 20000-29999 }
 *   require_signed: false  refuse plugins that the user drops in without a good signature
 *   trusted_keys: []       Ed25519 public keys that sign plugins, base64 as gyre plugin keygen prints
 *   metrics_interval: 15s  what workloads use is read this often, 1s-1h; 0s: never
 * admission:               what all instances together may ask for, see HostCapacity
 *   memory: auto           an amount, unlimited, or auto: all memory without the reserve
 *   reserve: auto          memory for the rest of the host; auto: 256Mi and a sixteenth of all
 *   cpu: auto              cores, unlimited, or auto: all cores times cpu_overcommit
 *   cpu_overcommit: 4      1-100
 * secrets:
 *   kek: auto              where the key comes from that seals secrets: auto, file:PATH, env:NAME,
 *                          credential:NAME, passphrase:PATH
 * log_level: info          error, warn, info, debug
 * </pre>
 */
public record GyreConfig(
    Api api,
    Reconciler reconciler,
    Runtimes runtime,
    Admission admission,
    String logLevel,
    Secrets secrets) {
  /** With keys from where they usually are. */
  public GyreConfig(
      Api api, Reconciler reconciler, Runtimes runtime, Admission admission, String logLevel) {
    this(api, reconciler, runtime, admission, logLevel, Secrets.DEFAULT);
  }

  /** With the usual admission. */
  public GyreConfig(Api api, Reconciler reconciler, Runtimes runtime, String logLevel) {
    this(api, reconciler, runtime, Admission.DEFAULT, logLevel);
  }

  /** {@link #AUTO} leaves it to {@link HostCapacity}. */
  public record Admission(long memoryBytes, long reserveBytes, long cpuMillis, int cpuOvercommit) {
    public static final long AUTO = -1;
    public static final long UNLIMITED = Long.MAX_VALUE;
    public static final Admission DEFAULT = new Admission(AUTO, AUTO, AUTO, 4);

    private static String text(long amount, LongFunction<String> known) {
      if (amount == AUTO) {
        return "auto";
      }
      return amount == UNLIMITED ? "unlimited" : known.apply(amount);
    }

    private List<ConfigSetting> settings() {
      Set<Component> users = Set.of(Component.API, Component.RECONCILER);
      return List.of(
          new ConfigSetting("admission.memory", text(memoryBytes, StrictYaml::bytes), users, true),
          new ConfigSetting(
              "admission.reserve", text(reserveBytes, StrictYaml::bytes), users, true),
          new ConfigSetting("admission.cpu", text(cpuMillis, Amounts::cpu), users, true),
          new ConfigSetting(
              "admission.cpu_overcommit", Integer.toString(cpuOvercommit), users, true));
    }

    private static Admission parse(StrictYaml.Section section) {
      Map<String, Long> auto = Map.of("auto", AUTO);
      Map<String, Long> any = Map.of("auto", AUTO, "unlimited", UNLIMITED);
      return new Admission(
          section.bytes("memory", any, AUTO, 1L << 20, 1L << 50),
          section.bytes("reserve", auto, AUTO, 0, 1L << 50),
          section.cpuMillis("cpu", any, AUTO),
          section.number("cpu_overcommit", 4, 1, 100));
    }
  }

  /**
   * @param kek where key-encryption keys come from: {@code auto}, or what and a colon and which
   */
  public record Secrets(String kek) {
    static final Pattern KEK =
        Pattern.compile(
            "auto|(file|passphrase):/.+|(env|credential):[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}");
    public static final Secrets DEFAULT = new Secrets("auto");
  }

  public record Api(String address, int port, long maxBodyBytes, ApiDoor door) {
    /** With the usual door. */
    public Api(String address, int port, long maxBodyBytes) {
      this(address, port, maxBodyBytes, ApiDoor.DEFAULT);
    }
  }

  public record Reconciler(Duration resync, int keepEvents) {}

  /**
   * @param settings runtime name to its settings
   * @param trustedKeys base64 of raw or X.509 Ed25519 public keys
   * @param metricsInterval zero: what workloads use isn't read
   */
  public record Runtimes(
      Map<String, Map<String, String>> settings,
      boolean requireSigned,
      List<String> trustedKeys,
      Duration metricsInterval) {
    static final Duration METRICS_INTERVAL = Duration.ofSeconds(15);

    /** With the usual interval. */
    public Runtimes(
        Map<String, Map<String, String>> settings,
        boolean requireSigned,
        List<String> trustedKeys) {
      this(settings, requireSigned, trustedKeys, METRICS_INTERVAL);
    }

    public Runtimes {
      trustedKeys = List.copyOf(trustedKeys);
    }
  }

  /**
   * Every key with its value, in the order of the file; one that isn't set with its default.
   *
   * @see ConfigSetting#live
   */
  public List<ConfigSetting> settings() {
    Set<Component> ofApi = Set.of(Component.API);
    Set<Component> ofReconciler = Set.of(Component.RECONCILER);
    Set<Component> ofRuntime = Set.of(Component.RUNTIME);
    List<ConfigSetting> settings = new ArrayList<>();
    settings.add(new ConfigSetting("api.address", api.address(), ofApi, false));
    settings.add(new ConfigSetting("api.port", Integer.toString(api.port()), ofApi, false));
    settings.add(
        new ConfigSetting("api.max_body", StrictYaml.bytes(api.maxBodyBytes()), ofApi, true));
    settings.addAll(api.door().settings());
    settings.add(
        new ConfigSetting(
            "reconciler.resync", StrictYaml.duration(reconciler.resync()), ofReconciler, true));
    settings.add(
        new ConfigSetting(
            "reconciler.keep_events",
            Integer.toString(reconciler.keepEvents()),
            ofReconciler,
            true));
    runtime
        .settings()
        .forEach(
            (name, values) ->
                values.forEach(
                    (key, value) ->
                        settings.add(
                            new ConfigSetting(
                                "runtime.settings." + name + "." + key, value, ofRuntime, false))));
    settings.add(
        new ConfigSetting(
            "runtime.require_signed", Boolean.toString(runtime.requireSigned()), ofRuntime, true));
    settings.add(
        new ConfigSetting(
            "runtime.trusted_keys", runtime.trustedKeys().toString(), ofRuntime, true));
    settings.add(
        new ConfigSetting(
            "runtime.metrics_interval",
            StrictYaml.duration(runtime.metricsInterval()),
            Set.of(Component.RUNTIME, Component.RECONCILER, Component.API),
            true));
    settings.addAll(admission.settings());
    settings.add(
        new ConfigSetting(
            "secrets.kek", secrets.kek(), Set.of(Component.API, Component.RUNTIME), true));
    settings.add(new ConfigSetting("log_level", logLevel, EnumSet.allOf(Component.class), true));
    return List.copyOf(settings);
  }

  /** What the file of the data root says. */
  public static GyreConfig load(Home home) {
    return load(home.configFile());
  }

  /**
   * What the file says; a file that isn't there says nothing.
   *
   * @throws GyreException INVALID with every problem of it
   */
  public static GyreConfig load(Path file) {
    return parse(file.toString(), read(file));
  }

  /**
   * The text of the file, empty where there is none.
   *
   * @throws GyreException where it can't be read
   */
  static String read(Path file) {
    try {
      return Files.exists(file) ? Files.readString(file) : "";
    } catch (IOException e) {
      throw new GyreException(
          ErrorKind.INVALID,
          "config.unreadable",
          "cannot read " + file + ": " + e,
          "it must be a UTF-8 text that the user of Gyre may read");
    }
  }

  static GyreConfig parse(String file, String text) {
    StrictYaml yaml = new StrictYaml(file);
    StrictYaml.Section root = yaml.parse(text);
    StrictYaml.Section api = root.section("api");
    StrictYaml.Section reconciler = root.section("reconciler");
    StrictYaml.Section runtime = root.section("runtime");
    GyreConfig config =
        new GyreConfig(
            new Api(
                api.text("address", "127.0.0.1"),
                api.number("port", 7070, 0, 65535),
                api.bytes("max_body", 4L << 20, 64L << 10, 64L << 20),
                ApiDoor.parse(api)),
            new Reconciler(
                reconciler.duration(
                    "resync", Duration.ofSeconds(30), Duration.ofSeconds(1), Duration.ofHours(1)),
                reconciler.number("keep_events", 20_000, 100, 1_000_000)),
            new Runtimes(
                runtime.settings("settings"),
                runtime.flag("require_signed", false),
                runtime.texts("trusted_keys"),
                runtime.durationOrNone(
                    "metrics_interval",
                    Runtimes.METRICS_INTERVAL,
                    Duration.ofSeconds(1),
                    Duration.ofHours(1))),
            Admission.parse(root.section("admission")),
            root.choice("log_level", "info", "error", "warn", "info", "debug"),
            new Secrets(
                root.section("secrets")
                    .matching(
                        "kek",
                        Secrets.DEFAULT.kek(),
                        Secrets.KEK,
                        "auto, file:PATH, env:NAME, credential:NAME or passphrase:PATH")));
    yaml.finish();
    return config;
  }
}
