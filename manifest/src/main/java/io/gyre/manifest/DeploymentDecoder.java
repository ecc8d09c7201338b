package io.gyre.manifest;

import io.gyre.model.Autoscale;
import io.gyre.model.ContainerSpec;
import io.gyre.model.ContentRef;
import io.gyre.model.Contents;
import io.gyre.model.Dependency;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.HealthCheck;
import io.gyre.model.JobPolicy;
import io.gyre.model.NetworkMode;
import io.gyre.model.PortMapping;
import io.gyre.model.ProcessSpec;
import io.gyre.model.Resources;
import io.gyre.model.RolloutPolicy;
import io.gyre.model.VolumeMount;
import io.gyre.model.WorkloadKind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One entry of {@code deployments}. */
final class DeploymentDecoder {
  static final int MAX_REPLICAS = 1000;

  static final Keys KEYS =
      new Keys(
          Order.of(
              "name",
              "namespace",
              "runtime",
              "kind",
              "image",
              "command",
              "process",
              "replicas",
              "environment",
              "envFrom",
              "volumes",
              "ports",
              "labels",
              "resources",
              "health_checks",
              "config",
              "network",
              "rollout",
              "depends_on",
              "job",
              "schedule",
              "autoscale",
              "on_config_change"),
          Order.of(
              "secrets",
              "hooks",
              "init",
              "sidecars",
              "restart_policy",
              "entrypoint",
              "hostname",
              "priority"),
          Map.ofEntries(
              Map.entry("env", "use environment"),
              Map.entry("env_from", "use envFrom"),
              Map.entry("environment_from", "use envFrom"),
              Map.entry("args", "use process.args"),
              Map.entry("working_dir", "use process.working_dir"),
              Map.entry("stop_signal", "use process.stop_signal"),
              Map.entry("stop_grace", "use process.stop_grace"),
              Map.entry("user", "use process.user, or config.user for an image"),
              Map.entry("healthcheck", "use health_checks"),
              Map.entry("image_pull_policy", "use config.image_pull_policy"),
              Map.entry("retries", "use job.retries"),
              Map.entry("completions", "use job.completions"),
              Map.entry("parallelism", "use job.parallelism"),
              Map.entry("timeout", "use job.timeout"),
              Map.entry("ttl", "use job.ttl"),
              Map.entry("cron", "use schedule")));

  static final Keys NETWORK = new Keys(Order.of("mode"), Order.of("aliases", "name"), Map.of());

  private static final Map<String, WorkloadKind> KINDS = new LinkedHashMap<>();
  private static final Map<String, NetworkMode> MODES = new LinkedHashMap<>();

  static {
    KINDS.put("worker", WorkloadKind.WORKER);
    KINDS.put("job", WorkloadKind.JOB);
    MODES.put("bridge", NetworkMode.BRIDGE);
    MODES.put("host", NetworkMode.HOST);
  }

  private final RuntimeCatalog catalog;
  private final Registry registry;

  DeploymentDecoder(RuntimeCatalog catalog, Registry registry) {
    this.catalog = catalog;
    this.registry = registry;
  }

  /** Everything of a deployment that doesn't depend on what it runs. */
  private record Common(
      EnvironmentDecoder.Variables environment,
      List<Contents.All> environmentFrom,
      List<ContentDecoder.Use> uses,
      List<VolumeDecoder.Volume> volumes,
      List<PortDecoder.Port> ports,
      Map<String, String> labels,
      Resources resources,
      List<HealthCheck> healthChecks,
      NetworkMode network) {}

  void decode(Value deployment, String key) {
    int before = deployment.scope().problems().count();
    Fields fields = deployment.fields(KEYS);
    if (fields == null) {
      return;
    }
    String namespace = Identity.namespace(fields);
    String name = Identity.name(fields, key, "deployment");
    WorkloadKind kind = kind(fields.get("kind"));
    Value replicasValue = fields.get("replicas");
    Integer replicas =
        replicasValue == null ? Integer.valueOf(1) : replicasValue.integer(0, MAX_REPLICAS);
    Target target = target(fields);
    Common common = common(fields, target);
    List<Dependency> dependencies = DependencyDecoder.decode(fields.get("depends_on"), name);
    RolloutPolicy rollout = RolloutDecoder.decode(fields.get("rollout"));
    ContentDecoder.Reaction reaction =
        ContentDecoder.reaction(fields.get("on_config_change"), kind, target);
    if (reaction != null && reaction.action() == Contents.OnChange.SIGNAL) {
      refuseSignal(common, target);
    }
    JobPolicy job = JobDecoder.decode(fields, kind);
    Autoscale autoscale =
        AutoscaleDecoder.decode(
            fields.get("autoscale"), replicasValue, replicas, common.resources(), target);
    if (autoscale != null && replicasValue == null) {
      replicas = autoscale.min();
    }
    refuseConflicts(common, fields, target, replicas == null ? 1 : replicas, autoscale);
    if (job != null && job.parallelism() > 1) {
      refuseParallel(common, fields.get("job"));
    }
    ContainerSpec container = null;
    ProcessSpec process = null;
    if (target.process()) {
      process = process(fields, target);
    } else {
      container = container(fields, target);
    }
    common.uses().forEach(use -> registry.use(use, namespace));
    if (replicas == null || replicas > 0) {
      common.ports().forEach(registry::claim);
    }
    if (namespace == null || name == null) {
      return;
    }
    DeploymentKey identity = new DeploymentKey(namespace, name);
    boolean unique = registry.isFirst(identity, deployment);
    if (!unique || replicas == null || deployment.scope().problems().count() > before) {
      return;
    }
    DeploymentSpec spec = spec(target, kind, container, process, common, reaction);
    registry.add(
        new DeploymentDecl(
            identity,
            replicas,
            spec,
            rollout,
            dependencies,
            deployment.scope().file(),
            deployment.line(),
            job,
            autoscale,
            container == null ? null : RegistryAuthDecoder.password(fields)));
  }

  /** Secrets whose files the runtime can't replace, and those that are in the environment, too. */
  private static void refuseSignal(Common common, Target target) {
    Set<ContentRef> variables = new HashSet<>();
    common.environment().references().values().forEach(entry -> variables.add(entry.content()));
    common.environmentFrom().forEach(all -> variables.add(all.content()));
    for (VolumeDecoder.Volume volume : common.volumes()) {
      ContentRef content = volume.mount().content();
      if (content == null || content.kind() != ContentRef.Kind.SECRET) {
        continue;
      }
      if (variables.contains(content)) {
        volume
            .at()
            .problem(
                "signal.unsupported",
                "the "
                    + content
                    + " is in the environment, too, which can't change while a program runs; take"
                    + " it from files alone, or use roll or none in on_config_change");
      }
      if (target.can("SECRETS") && target.can("SIGNAL")) {
        target.need(
            "SECRET_REFRESH",
            volume.at(),
            "replacing the files of a secret while a program runs",
            "; use roll or none in on_config_change");
      }
    }
  }

  private static DeploymentSpec spec(
      Target target,
      WorkloadKind kind,
      @Nullable ContainerSpec container,
      @Nullable ProcessSpec process,
      Common common,
      ContentDecoder.@Nullable Reaction reaction) {
    List<VolumeMount> mounts = common.volumes().stream().map(VolumeDecoder.Volume::mount).toList();
    List<PortMapping> ports = common.ports().stream().map(PortDecoder.Port::mapping).toList();
    return new DeploymentSpec(
        target.runtime(),
        kind,
        container,
        process,
        common.environment().values(),
        mounts,
        ports,
        common.labels(),
        common.resources(),
        common.healthChecks(),
        common.network(),
        new Contents(
            reaction == null ? null : reaction.action(),
            reaction == null ? null : reaction.signal(),
            common.environment().references(),
            common.environmentFrom(),
            Map.of()));
  }

  private Target target(Fields fields) {
    boolean image = fields.has("image");
    boolean process = fields.has("process") || (!image && fields.has("command"));
    Value runtime = fields.get("runtime");
    String name = image ? Target.DOCKER : Target.PROCESS;
    Value at = image ? fields.get("image") : fields.get("process");
    if (runtime != null) {
      name = runtime.text("the name of a runtime");
      at = runtime;
    }
    if (name == null) {
      return new Target("", null, process);
    }
    Set<String> known =
        catalog.names().isEmpty() ? Set.of(Target.DOCKER, Target.PROCESS) : catalog.names();
    if (!known.contains(name)) {
      refuseRuntime(at == null ? fields.block() : at, name, known, runtime != null);
      return new Target(name, null, process);
    }
    if (image && fields.has("process") && runtime == null) {
      // Refused for having both; what docker can do is beside the point.
      return new Target(name, null, true);
    }
    Set<String> capabilities = capabilities(name).orElse(null);
    Target target = new Target(name, capabilities, process);
    if (process && !fields.has("process") && runtime != null && !target.can("PROCESS")) {
      return new Target(name, capabilities, false);
    }
    boolean runsNothing = !image && !process;
    return new Target(
        name,
        capabilities,
        process || (runsNothing && runtime != null && !target.can("CONTAINER")));
  }

  private Optional<Set<String>> capabilities(String name) {
    Optional<Set<String>> capabilities = catalog.capabilities(name);
    return switch (name) {
      case Target.DOCKER -> capabilities.or(() -> Optional.of(Target.DOCKER_AT_BEST));
      case Target.PROCESS -> capabilities.or(() -> Optional.of(Target.PROCESS_AT_BEST));
      default -> capabilities;
    };
  }

  private void refuseRuntime(Value at, String name, Set<String> known, boolean written) {
    String names = String.join(", ", new TreeSet<>(known));
    String remedy = catalog.remedy().isEmpty() ? "" : "; " + catalog.remedy();
    if (written) {
      String question = Suggestion.question(name, known);
      at.problem(
          "unsupported",
          "this host has no runtime "
              + Excerpt.quoted(name)
              + "; it has "
              + names
              + (question.isEmpty() ? remedy : question));
    } else {
      at.report(
          "deployment.runtime.unsupported",
          "this needs the runtime \""
              + name
              + "\", which this host doesn't have; it has "
              + names
              + remedy);
    }
  }

  private static @Nullable ContainerSpec container(Fields fields, Target target) {
    Value image = fields.get("image");
    if (image != null) {
      return ContainerDecoder.decode(image, fields, target);
    }
    if (fields.has("runtime")) {
      fields
          .block()
          .report("deployment.image.required", "image is missing: what to run, as in nginx:1.27");
    } else {
      fields
          .block()
          .report(
              "deployment.workload.required",
              "there is nothing to run: it needs an image, or a process with a command");
    }
    return null;
  }

  private static @Nullable ProcessSpec process(Fields fields, Target target) {
    Value process = fields.get("process");
    Value image = fields.get("image");
    Value command = fields.get("command");
    Value config = fields.get("config");
    if (image != null) {
      image.report("deployment.workload.ambiguous", "has an image and a process; keep one of them");
    }
    if (config != null) {
      config.report("deployment.config.conflict", "only a deployment with an image has a config");
    }
    if (process != null) {
      if (command != null) {
        command.problem("conflict", "the process block has the command; remove this one");
      }
      return ProcessDecoder.decode(process, target);
    }
    if (command != null) {
      return ProcessDecoder.ofCommand(command, target);
    }
    fields
        .block()
        .report(
            "deployment.workload.required",
            "there is nothing to run: the runtime \""
                + target.runtime()
                + "\" needs a process with a command");
    return null;
  }

  private static Common common(Fields fields, Target target) {
    Value ports = fields.get("ports");
    if (ports != null && !target.can("PORTS")) {
      String hint = target.givesPort() ? "; a process listens on its own PORT by itself" : "";
      target.need("PORTS", ports, "publishing ports", hint);
    }
    List<ContentDecoder.Use> uses = new ArrayList<>();
    List<VolumeDecoder.Volume> volumes = VolumeDecoder.decode(fields.get("volumes"), target, uses);
    return new Common(
        EnvironmentDecoder.decode(fields.get("environment"), target, uses),
        ContentDecoder.all(fields.get("envFrom"), target, uses),
        uses,
        volumes,
        ports == null ? List.of() : PortDecoder.decode(ports),
        LabelDecoder.decode(fields.get("labels")),
        ResourceDecoder.decode(fields.get("resources"), target),
        HealthCheckDecoder.decode(fields.get("health_checks"), target),
        network(fields.get("network"), target));
  }

  private static NetworkMode network(@Nullable Value network, Target target) {
    Fields fields = network == null ? null : network.fields(NETWORK, "a map, as in {mode: host}");
    Value mode = fields == null ? null : fields.get("mode");
    NetworkMode chosen = mode == null ? null : mode.oneOf(MODES);
    if (mode == null || chosen == null) {
      return NetworkMode.BRIDGE;
    }
    if (target.process()) {
      // A process is on the host's network in any case.
      if (chosen == NetworkMode.BRIDGE) {
        mode.problem("runtime_unsupported", "a process is always on the network of the host");
      }
      return NetworkMode.BRIDGE;
    }
    if (chosen == NetworkMode.HOST && !target.can("HOST_NETWORK")) {
      mode.report(
          "deployment.network.host_runtime_unsupported",
          "the network of the host is not supported by the runtime \"" + target.runtime() + "\"");
    }
    return chosen;
  }

  private static WorkloadKind kind(@Nullable Value kind) {
    WorkloadKind chosen = kind == null ? null : kind.oneOf(KINDS);
    return chosen == null ? WorkloadKind.WORKER : chosen;
  }

  private static void refuseConflicts(
      Common common, Fields fields, Target target, int written, @Nullable Autoscale autoscale) {
    Value ports = fields.get("ports");
    Value scaled = fields.get("autoscale");
    Value count = scaled != null && autoscale != null ? scaled : fields.get("replicas");
    int replicas = autoscale == null ? written : autoscale.max();
    boolean publishes = ports != null && !common.ports().isEmpty();
    boolean host = common.network() == NetworkMode.HOST;
    if (publishes && ports != null && host) {
      ports.problem(
          "host_network_conflict",
          "a container on the network of the host publishes nothing; remove them");
    }
    if (replicas <= 1 || count == null) {
      return;
    }
    if (publishes && ports != null && target.can("PORTS")) {
      ports.problem("replicas_conflict", ReplicaRules.PORTS);
      count.problem("ports_conflict", ReplicaRules.PORTS);
    }
    if (host) {
      count.problem("host_network_conflict", ReplicaRules.HOST_NETWORK);
    }
    refuseShared(common, ReplicaRules.VOLUME);
  }

  private static void refuseParallel(Common common, @Nullable Value job) {
    if (job != null && !common.ports().isEmpty()) {
      job.problem(
          "ports_conflict",
          "a published port can be held by one instance at a time only; use parallelism: 1, or"
              + " remove the ports");
    }
    refuseShared(
        common,
        "several instances would write to the same volume at once; use parallelism: 1 or"
            + " permission: ro");
  }

  private static void refuseShared(Common common, String why) {
    for (VolumeDecoder.Volume volume : common.volumes()) {
      if (volume.shared()) {
        volume.at().problem("shared_rw_replicas", why);
      }
    }
  }
}
