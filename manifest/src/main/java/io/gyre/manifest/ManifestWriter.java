package io.gyre.manifest;

import io.gyre.model.Autoscale;
import io.gyre.model.ConfigContent;
import io.gyre.model.ContainerSpec;
import io.gyre.model.Dependency;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.JobPolicy;
import io.gyre.model.JobSchedule;
import io.gyre.model.NetworkMode;
import io.gyre.model.PortMapping;
import io.gyre.model.Quota;
import io.gyre.model.RegistryAuth;
import io.gyre.model.Resources;
import io.gyre.model.RolloutPolicy;
import io.gyre.model.VolumeMount;
import io.gyre.model.WorkloadKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes what is declared as a manifest that declares the same: a YAML document per namespace,
 * defaults left out, dollar signs written so that no variable is put in.
 */
public final class ManifestWriter {
  private static final Pattern DOLLAR = Pattern.compile("\\$(?=[A-Za-z_{$])");

  /** Such a dollar sign, but for {@code $PORT}, which is the shell's. */
  private static final Pattern DOLLAR_BUT_PORT =
      Pattern.compile("\\$(?=[A-Za-z_{$])(?!PORT(?![A-Za-z0-9_])|\\{PORT})");

  private static final RolloutPolicy ROLLOUT = RolloutPolicy.DEFAULT;

  private ManifestWriter() {}

  /** Of all namespaces that are named by any of it, in order of their names. */
  public static String write(Manifest manifest) {
    TreeMap<String, Map<String, Object>> documents = new TreeMap<>();
    for (NamespaceDecl namespace : manifest.namespaces()) {
      if (!namespace.name().equals(DeploymentKey.DEFAULT_NAMESPACE)
          || !namespace.quota().equals(Quota.NONE)) {
        section(documents, namespace.name(), "namespaces")
            .put(namespace.name(), namespace(namespace.quota()));
      }
    }
    manifest
        .configs()
        .forEach(
            config ->
                section(documents, config.namespace(), "configs")
                    .put(config.name(), config(config)));
    manifest
        .deployments()
        .forEach(
            declared ->
                section(documents, declared.key().namespace(), "deployments")
                    .put(declared.key().name(), deployment(declared)));
    List<String> texts = new ArrayList<>();
    documents.values().forEach(document -> texts.add(YamlText.of(document)));
    return String.join("---\n", texts);
  }

  private static Map<String, Object> section(
      Map<String, Map<String, Object>> documents, String namespace, String name) {
    Map<String, Object> document = documents.computeIfAbsent(namespace, _ -> new LinkedHashMap<>());
    @SuppressWarnings("unchecked")
    Map<String, Object> section =
        (Map<String, Object>) document.computeIfAbsent(name, _ -> new TreeMap<String, Object>());
    return section;
  }

  private static Map<String, Object> namespace(Quota quota) {
    Block block = new Block();
    block.put("deployments", quota.deployments());
    block.put("instances", quota.instances());
    block.memory("memory", quota.memoryBytes());
    block.cpu("cpu", quota.cpuMillis());
    return new Block().put("quota", block.orNull()).fields;
  }

  private static Map<String, Object> config(ConfigDecl config) {
    ConfigContent content = config.content();
    boolean verbatim =
        content.templates().isEmpty()
            && content.texts().values().stream().anyMatch(t -> DOLLAR.matcher(t).find());
    Block block = new Block().namespace(config.namespace());
    if (verbatim) {
      block.put("interpolate", false);
    }
    block.texts("labels", config.labels());
    Map<String, String> data = new TreeMap<>(content.texts());
    if (!verbatim) {
      data.replaceAll((key, text) -> escaped(text));
      // Which are escaped already.
      data.putAll(content.templates());
    }
    if (!data.isEmpty() || content.binary().isEmpty()) {
      block.fields.put("data", data);
    }
    if (!content.binary().isEmpty()) {
      block.fields.put("binary", new TreeMap<>(content.binary()));
    }
    return block.fields;
  }

  private static Map<String, Object> deployment(DeploymentDecl declared) {
    DeploymentSpec spec = declared.spec();
    Block block = new Block().namespace(declared.key().namespace());
    ContainerSpec container = spec.container();
    String usual = container == null ? Target.PROCESS : Target.DOCKER;
    block.put("runtime", spec.runtime(), usual);
    block.put("kind", spec.kind().name().toLowerCase(Locale.ROOT), "worker");
    if (container != null) {
      container(block, container);
    }
    block.put("process", process(spec));
    Autoscale autoscale = declared.autoscale();
    if (spec.kind() != WorkloadKind.JOB) {
      if (autoscale == null) {
        block.put("replicas", declared.replicas(), 1);
      } else {
        block.put("replicas", autoscale.replicas());
      }
    }
    ContentWriter.write(block, spec);
    block.list("volumes", spec.volumes().stream().map(v -> volume(v, several(declared))).toList());
    block.list("ports", spec.ports().stream().map(ManifestWriter::port).toList());
    block.texts("labels", spec.labels());
    block.put("resources", resources(spec.resources()));
    block.list(
        "health_checks", spec.healthChecks().stream().map(HealthCheckWriter::write).toList());
    if (spec.network() == NetworkMode.HOST) {
      block.put("network", Map.of("mode", "host"));
    }
    dependencies(block, declared.dependencies());
    block.put("rollout", rollout(declared.rollout()));
    block.put("autoscale", autoscale == null ? null : autoscale(autoscale));
    JobPolicy job = declared.job();
    if (job != null) {
      block.put("job", job(job));
      block.put("schedule", job.schedule() == null ? null : schedule(job.schedule()));
    }
    return block.fields;
  }

  /** Whether more than one instance may run at a time. */
  private static boolean several(DeploymentDecl declared) {
    Autoscale autoscale = declared.autoscale();
    JobPolicy job = declared.job();
    return declared.replicas() > 1
        || (autoscale != null && autoscale.max() > 1)
        || (job != null && job.parallelism() > 1);
  }

  private static void container(Block block, ContainerSpec container) {
    block.put("image", escaped(container.image()));
    block.list("command", container.command().stream().map(ManifestWriter::escaped).toList());
    Block config = new Block();
    switch (container.pullPolicy()) {
      case ALWAYS -> config.put("image_pull_policy", "Always");
      case NEVER -> config.put("image_pull_policy", "Never");
      case IF_NOT_PRESENT -> {}
    }
    Block user = new Block();
    if (container.user() != null) {
      String[] ids = container.user().split(":", 2);
      user.put("id", Long.valueOf(ids[0]));
      user.put("group", ids.length > 1 ? Long.valueOf(ids[1]) : null);
    }
    user.put("privileged", container.privileged(), false);
    config.put("user", user.orNull());
    registryAuth(config, container.registryAuth());
    block.put("config", config.orNull());
  }

  /** A password that is stored sealed becomes a variable, which whoever applies it must set. */
  private static void registryAuth(Block config, @Nullable RegistryAuth auth) {
    switch (auth) {
      case null -> {}
      case RegistryAuth.Login login -> {
        config.put("server", escaped(login.server()));
        config.put("username", escaped(login.username()));
        if (login.passwordSecret() == null) {
          config.put("password", "${REGISTRY_PASSWORD}");
        } else {
          Block entry = new Block();
          entry.put("name", login.passwordSecret());
          entry.put("key", text(login.passwordKey()));
          config.put("password", Map.of("secretRef", entry.fields));
        }
      }
      case RegistryAuth.HostLogin _ -> config.put("use_host_auth", true);
      case RegistryAuth.PullSecret pull -> config.put("image_pull_secret", pull.secret());
    }
  }

  private static @Nullable Map<String, Object> process(DeploymentSpec spec) {
    if (spec.process() == null) {
      return null;
    }
    Block block = new Block();
    List<String> argv = spec.process().argv();
    boolean shell =
        argv.size() == 3 && argv.getFirst().equals("/bin/sh") && argv.get(1).equals("-c");
    if (shell) {
      block.put("command", DOLLAR_BUT_PORT.matcher(argv.get(2)).replaceAll("\\$\\$"));
    } else {
      block.put("command", argv.stream().map(ManifestWriter::escaped).toList());
    }
    block.put("working_dir", text(spec.process().workingDir()));
    block.put("user", text(spec.process().user()));
    block.put("stop_signal", spec.process().stopSignal(), "TERM");
    block.duration("stop_grace", spec.process().stopGrace(), Duration.ofSeconds(10));
    return block.fields;
  }

  private static Object volume(VolumeMount volume, boolean several) {
    Block block = new Block();
    boolean named = volume.type() == VolumeMount.Type.VOLUME;
    // Written as a bind, a volume that several instances write to is taken as it is.
    boolean shared = named && several && !volume.readOnly() && !volume.shared();
    block.put("type", shared ? "bind" : volume.type().name().toLowerCase(Locale.ROOT));
    block.put("source", escaped(volume.source()));
    block.put("key", text(volume.key()));
    block.put("destination", escaped(volume.destination()));
    if (volume.shared()) {
      block.put("shared", true);
    }
    if (!volume.retain()) {
      block.put("retain", false);
    }
    if (volume.readOnly() && volume.content() == null) {
      block.put("permission", "ro");
    }
    return block.fields;
  }

  private static Object port(PortMapping port) {
    String address = port.hostIp().indexOf(':') < 0 ? port.hostIp() : "[" + port.hostIp() + "]";
    return (port.hostIp().equals(PortDecoder.DEFAULT_HOST_IP) ? "" : address + ":")
        + port.published()
        + ":"
        + port.target()
        + (port.protocol() == PortMapping.Protocol.UDP ? "/udp" : "");
  }

  private static @Nullable Object resources(Resources resources) {
    Block limits = new Block();
    limits.cpu("cpu", resources.cpuLimitMillis());
    limits.memory("memory", resources.memoryLimitBytes());
    Block requests = new Block();
    requests.cpu("cpu", resources.cpuRequestMillis());
    requests.memory("memory", resources.memoryRequestBytes());
    return new Block().put("limits", limits.orNull()).put("requests", requests.orNull()).orNull();
  }

  private static void dependencies(Block block, List<Dependency> dependencies) {
    if (dependencies.stream().allMatch(d -> d.condition() == Dependency.Condition.READY)) {
      block.list("depends_on", dependencies.stream().map(Dependency::deployment).toList());
      return;
    }
    Map<String, Object> map = new TreeMap<>();
    dependencies.forEach(d -> map.put(d.deployment(), Map.of("condition", d.condition().id())));
    block.put("depends_on", map);
  }

  private static @Nullable Object rollout(RolloutPolicy rollout) {
    Block block = new Block();
    block.put("strategy", rollout.strategy().name().toLowerCase(Locale.ROOT), "rolling");
    block.put("max_surge", rollout.maxSurge().toString(), ROLLOUT.maxSurge().toString());
    block.put(
        "max_unavailable",
        rollout.maxUnavailable().toString(),
        ROLLOUT.maxUnavailable().toString());
    block.duration("progress_deadline", rollout.progressDeadline(), ROLLOUT.progressDeadline());
    block.put("auto_rollback", rollout.autoRollback(), true);
    block.put("canary", rollout.canary(), 1);
    block.duration("drain", rollout.drain(), Duration.ZERO);
    return block.orNull();
  }

  private static Object autoscale(Autoscale autoscale) {
    Block block = new Block();
    block.put("min", autoscale.min(), 1);
    block.put("max", autoscale.max());
    block.put("cpu", autoscale.cpuPercent() == null ? null : autoscale.cpuPercent() + "%");
    block.put("memory", autoscale.memoryPercent() == null ? null : autoscale.memoryPercent() + "%");
    block.duration("cooldown_up", autoscale.cooldownUp(), Autoscale.COOLDOWN_UP);
    block.duration("cooldown_down", autoscale.cooldownDown(), Autoscale.COOLDOWN_DOWN);
    block.put("tolerance", autoscale.tolerancePercent() + "%", Autoscale.TOLERANCE_PERCENT + "%");
    return block.fields;
  }

  private static @Nullable Object job(JobPolicy job) {
    JobPolicy usual = JobPolicy.DEFAULT;
    Block block = new Block();
    block.put("completions", job.completions(), usual.completions());
    block.put("parallelism", job.parallelism(), usual.parallelism());
    block.put("retries", job.retries(), usual.retries());
    block.duration("retry_delay", job.retryDelay(), usual.retryDelay());
    block.put("timeout", job.timeout() == null ? null : Durations.show(job.timeout()));
    block.duration("ttl", job.ttl(), usual.ttl());
    block.put("keep_runs", job.keepRuns(), usual.keepRuns());
    return block.orNull();
  }

  private static Object schedule(JobSchedule schedule) {
    Block block = new Block();
    block.put("cron", schedule.cron());
    block.put("time_zone", schedule.timeZone());
    block.put("concurrency", schedule.concurrency().id(), "forbid");
    block.duration("starting_deadline", schedule.startingDeadline(), JobSchedule.STARTING_DEADLINE);
    block.put("suspend", schedule.suspend(), false);
    return block.fields.size() == 1 ? schedule.cron() : block.fields;
  }

  private static @Nullable String text(@Nullable String text) {
    return text == null ? null : escaped(text);
  }

  /** So that it is what it is after variables were put in. */
  static String escaped(String text) {
    return DOLLAR.matcher(text).replaceAll("\\$\\$");
  }

  /** Fields in their order; what is null or as usual is left out. */
  static final class Block {
    final Map<String, Object> fields = new LinkedHashMap<>();

    Block namespace(String namespace) {
      return put("namespace", namespace, DeploymentKey.DEFAULT_NAMESPACE);
    }

    Block put(String key, @Nullable Object value) {
      if (value != null) {
        fields.put(key, value);
      }
      return this;
    }

    Block put(String key, Object value, Object usual) {
      return put(key, Objects.equals(value, usual) ? null : value);
    }

    void duration(String key, Duration value, Duration usual) {
      put(key, value.equals(usual) ? null : Durations.show(value));
    }

    void cpu(String key, @Nullable Long millis) {
      put(key, millis == null ? null : Quantities.showCpu(millis));
    }

    void memory(String key, @Nullable Long bytes) {
      put(key, bytes == null ? null : Quantities.showMemory(bytes));
    }

    void list(String key, List<?> values) {
      put(key, values.isEmpty() ? null : values);
    }

    void texts(String key, Map<String, String> values) {
      UnaryOperator<String> escape = ManifestWriter::escaped;
      Map<String, Object> all = new TreeMap<>();
      values.forEach((name, value) -> all.put(name, escape.apply(value)));
      put(key, all.isEmpty() ? null : all);
    }

    @Nullable Map<String, Object> orNull() {
      return fields.isEmpty() ? null : fields;
    }
  }
}
