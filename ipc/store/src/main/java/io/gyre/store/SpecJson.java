package io.gyre.store;

import io.gyre.model.ContainerSpec;
import io.gyre.model.Contents;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.HealthCheck;
import io.gyre.model.HealthCheck.OnFailure;
import io.gyre.model.HealthCheck.Probe;
import io.gyre.model.NetworkMode;
import io.gyre.model.PortMapping;
import io.gyre.model.ProcessSpec;
import io.gyre.model.PullPolicy;
import io.gyre.model.RegistryAuth;
import io.gyre.model.Resources;
import io.gyre.model.VolumeMount;
import io.gyre.model.WorkloadKind;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The one JSON text of a spec, and back.
 *
 * <p>Keys are sorted; nulls and empty lists and maps are left out; enums are their names, durations
 * ISO-8601, a probe has a {@code type}. Who reads ignores members it doesn't know and takes
 * defaults for those that are missing, so that an older and a newer process read each other's.
 *
 * <p>A field that is added must be left out where it has its default. Then the hash of a spec that
 * doesn't use it stays the same over an upgrade, and applying it again stays a no-op.
 */
public final class SpecJson {
  private static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(10);
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

  private SpecJson() {}

  public static String write(DeploymentSpec spec) {
    Fields fields = new Fields();
    fields.put("runtime", spec.runtime());
    fields.put("kind", spec.kind().name());
    if (spec.container() != null) {
      fields.put("container", container(spec.container()));
    }
    if (spec.process() != null) {
      fields.put("process", process(spec.process()));
    }
    fields.put("environment", spec.environment());
    fields.put("volumes", spec.volumes().stream().map(SpecJson::volume).toList());
    fields.put("ports", spec.ports().stream().map(SpecJson::port).toList());
    fields.put("labels", spec.labels());
    fields.put("resources", resources(spec.resources()));
    fields.put("healthChecks", spec.healthChecks().stream().map(SpecJson::check).toList());
    fields.put("network", spec.network().name());
    fields.put("contents", ContentRows.write(spec.contents()));
    return Json.write(fields.map);
  }

  /**
   * @throws GyreException {@code store.spec_unreadable} where this version can't make sense of it
   */
  public static DeploymentSpec read(String json) {
    try {
      return spec(Json.object(json));
    } catch (RuntimeException e) {
      throw new GyreException(
          ErrorKind.INTERNAL,
          "store.spec_unreadable",
          "a stored revision can't be read by this version: " + e.getMessage(),
          "it was written by a newer version, which must be installed again, or is damaged: run"
              + " gyre doctor",
          List.of(),
          e);
    }
  }

  /** SHA-256 of {@link #write}, lower-case hex: the identity of what a revision runs. */
  public static String hash(DeploymentSpec spec) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(digest.digest(write(spec).getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static Map<String, Object> container(ContainerSpec container) {
    Fields fields = new Fields();
    fields.put("image", container.image());
    fields.put("command", container.command());
    fields.put("pullPolicy", container.pullPolicy().name());
    fields.put("user", container.user());
    fields.put("privileged", container.privileged());
    RegistryAuth auth = container.registryAuth();
    fields.put("registryAuth", auth == null ? null : registryAuth(auth));
    return fields.map;
  }

  private static Map<String, Object> registryAuth(RegistryAuth auth) {
    Fields fields = new Fields();
    switch (auth) {
      case RegistryAuth.Login login -> {
        fields.put("type", "login");
        fields.put("server", login.server());
        fields.put("username", login.username());
        fields.put("passwordSecret", login.passwordSecret());
        fields.put("passwordKey", login.passwordKey());
      }
      case RegistryAuth.HostLogin _ -> fields.put("type", "host");
      case RegistryAuth.PullSecret pull -> {
        fields.put("type", "secret");
        fields.put("secret", pull.secret());
      }
    }
    return fields.map;
  }

  private static Map<String, Object> process(ProcessSpec process) {
    Fields fields = new Fields();
    fields.put("argv", process.argv());
    fields.put("workingDir", process.workingDir());
    fields.put("user", process.user());
    fields.put("stopSignal", process.stopSignal());
    fields.put("stopGrace", process.stopGrace().toString());
    return fields.map;
  }

  private static Map<String, Object> volume(VolumeMount volume) {
    Fields fields = new Fields();
    fields.put("type", volume.type().name());
    fields.put("source", volume.source());
    fields.put("key", volume.key());
    fields.put("destination", volume.destination());
    fields.put("readOnly", volume.readOnly());
    fields.put("shared", volume.shared() ? true : null);
    fields.put("retain", volume.retain() ? null : false);
    return fields.map;
  }

  private static Map<String, Object> port(PortMapping port) {
    Fields fields = new Fields();
    fields.put("published", port.published());
    fields.put("target", port.target());
    fields.put("hostIp", port.hostIp());
    fields.put("protocol", port.protocol().name());
    return fields.map;
  }

  private static Map<String, Object> resources(Resources resources) {
    Fields fields = new Fields();
    fields.put("cpuLimitMillis", resources.cpuLimitMillis());
    fields.put("memoryLimitBytes", resources.memoryLimitBytes());
    fields.put("cpuRequestMillis", resources.cpuRequestMillis());
    fields.put("memoryRequestBytes", resources.memoryRequestBytes());
    return fields.map;
  }

  private static Map<String, Object> check(HealthCheck check) {
    Fields probe = new Fields();
    switch (check.probe()) {
      case Probe.Tcp tcp -> {
        probe.put("type", "tcp");
        probe.put("port", tcp.port());
      }
      case Probe.Http http -> {
        probe.put("type", "http");
        probe.put("url", http.url());
        probe.put("method", http.method().equals("GET") ? null : http.method());
        probe.put("headers", http.headers());
        boolean success = http.expectedStatus().equals(Probe.Http.SUCCESS);
        probe.put("expectedStatus", success ? null : http.expectedStatus());
      }
      case Probe.Command command -> {
        probe.put("type", "command");
        probe.put("command", command.command());
      }
    }
    Fields fields = new Fields();
    fields.put("probe", probe.map);
    fields.put("interval", check.interval().toString());
    fields.put("timeout", check.timeout().toString());
    fields.put("threshold", check.threshold());
    fields.put("onFailure", check.onFailure().name());
    fields.put("readiness", check.readiness());
    fields.put("minHealthyTime", check.minHealthyTime().toString());
    fields.put("startPeriod", check.startPeriod().toString());
    fields.put("successThreshold", check.successThreshold() == 1 ? null : check.successThreshold());
    fields.put("startup", check.startup() ? true : null);
    return fields.map;
  }

  private static DeploymentSpec spec(Json.Members json) {
    Resources resources = json.object("resources", SpecJson::resources);
    Contents contents = json.object("contents", ContentRows::read);
    return new DeploymentSpec(
        required(json, "runtime"),
        WorkloadKind.valueOf(json.string("kind", WorkloadKind.WORKER.name())),
        json.object("container", SpecJson::container),
        json.object("process", SpecJson::process),
        json.strings("environment"),
        json.objects("volumes", SpecJson::volume),
        json.objects("ports", SpecJson::port),
        json.strings("labels"),
        resources == null ? Resources.NONE : resources,
        json.objects("healthChecks", SpecJson::check),
        NetworkMode.valueOf(json.string("network", NetworkMode.BRIDGE.name())),
        contents == null ? Contents.NONE : contents);
  }

  private static ContainerSpec container(Json.Members json) {
    return new ContainerSpec(
        required(json, "image"),
        json.list("command"),
        PullPolicy.valueOf(json.string("pullPolicy", PullPolicy.IF_NOT_PRESENT.name())),
        json.string("user"),
        json.bool("privileged", false),
        json.object("registryAuth", SpecJson::registryAuth));
  }

  private static RegistryAuth registryAuth(Json.Members json) {
    String type = required(json, "type");
    return switch (type) {
      case "login" ->
          new RegistryAuth.Login(
              required(json, "server"),
              required(json, "username"),
              json.string("passwordSecret"),
              json.string("passwordKey"));
      case "host" -> new RegistryAuth.HostLogin();
      case "secret" -> new RegistryAuth.PullSecret(required(json, "secret"));
      default -> throw new IllegalArgumentException("unknown registryAuth " + type);
    };
  }

  private static ProcessSpec process(Json.Members json) {
    return new ProcessSpec(
        json.list("argv"),
        json.string("workingDir"),
        json.string("user"),
        json.string("stopSignal", ProcessSpec.DEFAULT_STOP_SIGNAL),
        duration(json, "stopGrace", ProcessSpec.DEFAULT_STOP_GRACE));
  }

  private static VolumeMount volume(Json.Members json) {
    return new VolumeMount(
        VolumeMount.Type.valueOf(required(json, "type")),
        required(json, "source"),
        json.string("key"),
        required(json, "destination"),
        json.bool("readOnly", false),
        json.bool("shared", false),
        json.bool("retain", true));
  }

  private static PortMapping port(Json.Members json) {
    return new PortMapping(
        json.number("published", 0),
        json.number("target", 0),
        json.string("hostIp", "0.0.0.0"),
        PortMapping.Protocol.valueOf(json.string("protocol", PortMapping.Protocol.TCP.name())));
  }

  private static Resources resources(Json.Members json) {
    return new Resources(
        json.number("cpuLimitMillis"),
        json.number("memoryLimitBytes"),
        json.number("cpuRequestMillis"),
        json.number("memoryRequestBytes"));
  }

  private static HealthCheck check(Json.Members json) {
    Probe probe = json.object("probe", SpecJson::probe);
    if (probe == null) {
      throw new IllegalArgumentException("a health check without a probe");
    }
    return new HealthCheck(
        probe,
        duration(json, "interval", DEFAULT_INTERVAL),
        duration(json, "timeout", DEFAULT_TIMEOUT),
        json.number("threshold", 1),
        OnFailure.valueOf(json.string("onFailure", OnFailure.RESTART.name())),
        json.bool("readiness", false),
        duration(json, "minHealthyTime", Duration.ZERO),
        duration(json, "startPeriod", Duration.ZERO),
        json.number("successThreshold", 1),
        json.bool("startup", false));
  }

  private static Probe probe(Json.Members json) {
    String type = required(json, "type");
    return switch (type) {
      case "tcp" -> new Probe.Tcp(json.number("port", 0));
      case "http" ->
          new Probe.Http(
              required(json, "url"),
              json.string("method", "GET"),
              json.strings("headers"),
              json.string("expectedStatus", Probe.Http.SUCCESS));
      case "command" -> new Probe.Command(json.list("command"));
      default -> throw new IllegalArgumentException("unknown probe type " + type);
    };
  }

  private static Duration duration(Json.Members json, String name, Duration otherwise) {
    String text = json.string(name);
    return text == null ? otherwise : Duration.parse(text);
  }

  private static String required(Json.Members json, String name) {
    String value = json.string(name);
    if (value == null) {
      throw new IllegalArgumentException("no member " + name);
    }
    return value;
  }

  /** Members of an object that is being written: what is null or empty is left out. */
  private static final class Fields {
    final Map<String, Object> map = new TreeMap<>();

    void put(String name, @Nullable Object value) {
      boolean empty =
          switch (value) {
            case null -> true;
            case Collection<?> items -> items.isEmpty();
            case Map<?, ?> members -> members.isEmpty();
            default -> false;
          };
      if (!empty) {
        map.put(name, value);
      }
    }
  }
}
