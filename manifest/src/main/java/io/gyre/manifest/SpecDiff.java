package io.gyre.manifest;

import io.gyre.model.Autoscale;
import io.gyre.model.ContainerSpec;
import io.gyre.model.ContentRef;
import io.gyre.model.Contents;
import io.gyre.model.Dependency;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.HealthCheck;
import io.gyre.model.JobPolicy;
import io.gyre.model.JobSchedule;
import io.gyre.model.NetworkMode;
import io.gyre.model.PortMapping;
import io.gyre.model.ProcessSpec;
import io.gyre.model.PullPolicy;
import io.gyre.model.RegistryAuth;
import io.gyre.model.Resources;
import io.gyre.model.RolloutPolicy;
import io.gyre.model.VolumeMount;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What differs between two specs, field by field, for plans. Never shows an environment value. */
public final class SpecDiff {
  private static final String SET = "(set)";
  private static final String CHANGED = "(changed)";
  private static final int LONGEST = 120;

  private final Map<String, String> fields = new LinkedHashMap<>();

  private SpecDiff(DeploymentSpec spec) {
    fields.put("runtime", spec.runtime());
    fields.put("kind", word(spec.kind()));
    container(spec.container());
    process(spec.process());
    volumes(spec.volumes());
    ports(spec.ports());
    spec.labels().forEach((key, value) -> fields.put(Paths.child("labels", key), value));
    resources(spec.resources());
    for (int i = 0; i < spec.healthChecks().size(); i++) {
      healthCheck(Paths.item("health_checks", i), spec.healthChecks().get(i));
    }
    if (spec.network() != NetworkMode.BRIDGE) {
      fields.put("network.mode", word(spec.network()));
    }
    contents(spec);
  }

  /**
   * In the order of the manifest's fields; empty where the two are equal.
   *
   * @param from null: every field of {@code to} is new
   */
  public static List<FieldChange> between(@Nullable DeploymentSpec from, DeploymentSpec to) {
    Map<String, String> before = from == null ? Map.of() : new SpecDiff(from).fields;
    Map<String, String> after = new SpecDiff(to).fields;
    List<FieldChange> changes = new ArrayList<>();
    for (String path : union(after.keySet(), before.keySet())) {
      String old = before.get(path);
      String now = after.get(path);
      if (old == null || now == null) {
        changes.add(new FieldChange(path, shown(old, 0), shown(now, 0)));
      } else if (!old.equals(now)) {
        int start = firstDifference(old, now);
        changes.add(new FieldChange(path, shown(old, start), shown(now, start)));
      }
    }
    environment(from == null ? Map.of() : from.environment(), to.environment(), changes);
    references(from == null ? Contents.NONE : from.contents(), to.contents(), changes);
    return changes;
  }

  /**
   * What differs between two rollout policies, as {@link #between(DeploymentSpec, DeploymentSpec)}.
   */
  public static List<FieldChange> between(RolloutPolicy from, RolloutPolicy to) {
    Map<String, String> before = rollout(from);
    List<FieldChange> changes = new ArrayList<>();
    rollout(to)
        .forEach(
            (path, now) -> {
              String old = before.get(path);
              if (!now.equals(old)) {
                changes.add(new FieldChange("rollout." + path, old, now));
              }
            });
    return changes;
  }

  /** What differs between how two generations of a job run. */
  public static List<FieldChange> between(@Nullable JobPolicy from, @Nullable JobPolicy to) {
    Map<String, String> before = job(from);
    Map<String, String> after = job(to);
    List<FieldChange> changes = new ArrayList<>();
    for (String path : union(after.keySet(), before.keySet())) {
      String old = before.get(path);
      String now = after.get(path);
      if (!Objects.equals(old, now)) {
        changes.add(new FieldChange(path, old, now));
      }
    }
    return changes;
  }

  private static Map<String, String> job(@Nullable JobPolicy policy) {
    Map<String, String> fields = new LinkedHashMap<>();
    if (policy == null) {
      return fields;
    }
    fields.put("job.completions", Integer.toString(policy.completions()));
    fields.put("job.parallelism", Integer.toString(policy.parallelism()));
    fields.put("job.retries", Integer.toString(policy.retries()));
    fields.put("job.retry_delay", Durations.show(policy.retryDelay()));
    Duration timeout = policy.timeout();
    if (timeout != null) {
      fields.put("job.timeout", Durations.show(timeout));
    }
    fields.put("job.ttl", Durations.show(policy.ttl()));
    fields.put("job.keep_runs", Integer.toString(policy.keepRuns()));
    JobSchedule schedule = policy.schedule();
    if (schedule != null) {
      fields.put("schedule.cron", schedule.cron());
      String zone = schedule.timeZone();
      if (zone != null) {
        fields.put("schedule.time_zone", zone);
      }
      fields.put("schedule.concurrency", schedule.concurrency().id());
      fields.put("schedule.starting_deadline", Durations.show(schedule.startingDeadline()));
      fields.put("schedule.suspend", Boolean.toString(schedule.suspend()));
    }
    return fields;
  }

  /** What differs between what two generations wait for. */
  public static List<FieldChange> between(List<Dependency> from, List<Dependency> to) {
    Map<String, String> before = dependencies(from);
    Map<String, String> after = dependencies(to);
    List<FieldChange> changes = new ArrayList<>();
    for (String name : union(after.keySet(), before.keySet())) {
      String old = before.get(name);
      String now = after.get(name);
      if (!Objects.equals(old, now)) {
        changes.add(new FieldChange("depends_on." + name, old, now));
      }
    }
    return changes;
  }

  /** What differs in how it is scaled by its load. */
  public static List<FieldChange> between(@Nullable Autoscale from, @Nullable Autoscale to) {
    Map<String, String> before = autoscale(from);
    Map<String, String> after = autoscale(to);
    List<FieldChange> changes = new ArrayList<>();
    for (String name : union(after.keySet(), before.keySet())) {
      String old = before.get(name);
      String now = after.get(name);
      if (!Objects.equals(old, now)) {
        changes.add(new FieldChange("autoscale." + name, old, now));
      }
    }
    return changes;
  }

  private static Map<String, String> autoscale(@Nullable Autoscale policy) {
    Map<String, String> fields = new LinkedHashMap<>();
    if (policy != null) {
      fields.put("min", Integer.toString(policy.min()));
      fields.put("max", Integer.toString(policy.max()));
      percent(fields, "cpu", policy.cpuPercent());
      percent(fields, "memory", policy.memoryPercent());
      fields.put("cooldown_up", Durations.show(policy.cooldownUp()));
      fields.put("cooldown_down", Durations.show(policy.cooldownDown()));
      percent(fields, "tolerance", policy.tolerancePercent());
    }
    return fields;
  }

  private static void percent(Map<String, String> fields, String name, @Nullable Integer value) {
    if (value != null) {
      fields.put(name, value + "%");
    }
  }

  private static Map<String, String> dependencies(List<Dependency> dependencies) {
    Map<String, String> fields = new LinkedHashMap<>();
    dependencies.forEach(each -> fields.put(each.deployment(), each.condition().id()));
    return fields;
  }

  private static Map<String, String> rollout(RolloutPolicy policy) {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("strategy", word(policy.strategy()));
    fields.put("max_surge", policy.maxSurge().toString());
    fields.put("max_unavailable", policy.maxUnavailable().toString());
    fields.put("progress_deadline", Durations.show(policy.progressDeadline()));
    fields.put("auto_rollback", Boolean.toString(policy.autoRollback()));
    fields.put("canary", Integer.toString(policy.canary()));
    fields.put("drain", Durations.show(policy.drain()));
    return fields;
  }

  private static void environment(
      Map<String, String> before, Map<String, String> after, List<FieldChange> changes) {
    for (String name : union(before.keySet(), after.keySet()).stream().sorted().toList()) {
      String old = before.get(name);
      String now = after.get(name);
      if (old == null || !old.equals(now)) {
        changes.add(
            new FieldChange(
                Paths.child("environment", name),
                old == null ? null : SET,
                now == null ? null : old == null ? SET : CHANGED));
      }
    }
  }

  private static void references(Contents from, Contents to, List<FieldChange> changes) {
    Set<String> names = union(from.environment().keySet(), to.environment().keySet());
    for (String name : names.stream().sorted().toList()) {
      String old = shown(from.environment().get(name));
      String now = shown(to.environment().get(name));
      if (!Objects.equals(old, now)) {
        changes.add(new FieldChange(Paths.child("environment", name), old, now));
      }
    }
  }

  private static @Nullable String shown(Contents.@Nullable Entry entry) {
    if (entry == null) {
      return null;
    }
    return entry.content() + (entry.key() == null ? "" : " " + entry.key());
  }

  private void contents(DeploymentSpec spec) {
    Contents contents = spec.contents();
    for (int i = 0; i < contents.environmentFrom().size(); i++) {
      Contents.All all = contents.environmentFrom().get(i);
      fields.put(
          Paths.item("envFrom", i),
          all.content() + (all.prefix().isEmpty() ? "" : " " + all.prefix()));
    }
    if (contents.onChange() != null) {
      fields.put("on_config_change", word(contents.onChange()));
      put("on_config_change.signal", contents.signal());
    }
    for (ContentRef content : spec.used()) {
      if (spec.pins(content)) {
        fields.put(content.toString(), "version " + spec.version(content));
      }
    }
  }

  private static Set<String> union(Set<String> first, Set<String> second) {
    Set<String> all = new LinkedHashSet<>(first);
    all.addAll(second);
    return all;
  }

  private static int firstDifference(String a, String b) {
    int i = 0;
    while (i < a.length() && i < b.length() && a.charAt(i) == b.charAt(i)) {
      i++;
    }
    return i;
  }

  /** On one line; of a long text the part around the first difference. */
  private static @Nullable String shown(@Nullable String text, int difference) {
    if (text == null || text.length() <= LONGEST) {
      return text == null ? null : Excerpt.plain(text, LONGEST);
    }
    int start = Math.max(0, Math.min(difference, text.length()) - 20);
    if (start > 0 && Character.isLowSurrogate(text.charAt(start))) {
      start--;
    }
    return (start == 0 ? "" : "…") + Excerpt.plain(text.substring(start), LONGEST);
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static String words(List<String> words) {
    return words.stream()
        .map(word -> '"' + word.replace("\\", "\\\\").replace("\"", "\\\"") + '"')
        .collect(Collectors.joining(", ", "[", "]"));
  }

  private void put(String path, @Nullable String value) {
    if (value != null) {
      fields.put(path, value);
    }
  }

  private void container(@Nullable ContainerSpec container) {
    if (container == null) {
      return;
    }
    fields.put("image", container.image());
    if (!container.command().isEmpty()) {
      fields.put("command", words(container.command()));
    }
    fields.put("config.image_pull_policy", pull(container.pullPolicy()));
    put("config.user", container.user());
    if (container.privileged()) {
      fields.put("config.user.privileged", "true");
    }
    registryAuth(container.registryAuth());
  }

  private void registryAuth(@Nullable RegistryAuth auth) {
    switch (auth) {
      case null -> {}
      case RegistryAuth.Login login -> {
        fields.put("config.server", login.server());
        fields.put("config.username", login.username());
        String key = login.passwordKey() == null ? "" : ", entry " + login.passwordKey();
        fields.put(
            "config.password",
            login.passwordSecret() == null ? SET : "secret " + login.passwordSecret() + key);
      }
      case RegistryAuth.HostLogin _ -> fields.put("config.use_host_auth", "true");
      case RegistryAuth.PullSecret pull -> fields.put("config.image_pull_secret", pull.secret());
    }
  }

  private static String pull(PullPolicy policy) {
    return switch (policy) {
      case ALWAYS -> "Always";
      case IF_NOT_PRESENT -> "IfNotPresent";
      case NEVER -> "Never";
    };
  }

  private void process(@Nullable ProcessSpec process) {
    if (process == null) {
      return;
    }
    List<String> argv = process.argv();
    boolean line = argv.size() == 3 && argv.get(0).equals("/bin/sh") && argv.get(1).equals("-c");
    fields.put("process.command", line ? argv.get(2) : words(argv));
    put("process.working_dir", process.workingDir());
    put("process.user", process.user());
    fields.put("process.stop_signal", process.stopSignal());
    fields.put("process.stop_grace", Durations.show(process.stopGrace()));
  }

  private void volumes(List<VolumeMount> mounts) {
    for (VolumeMount mount : mounts) {
      fields.put(
          Paths.child("volumes", mount.destination()),
          word(mount.type())
              + " "
              + mount.source()
              + (mount.key() == null ? "" : " " + mount.key())
              + (mount.readOnly() ? " ro" : " rw")
              + (mount.shared() ? " shared" : "")
              + (mount.retain() ? "" : " not retained"));
    }
  }

  private void ports(List<PortMapping> ports) {
    for (PortMapping port : ports) {
      String host = port.hostIp().indexOf(':') >= 0 ? "[" + port.hostIp() + "]" : port.hostIp();
      String published = host + ":" + port.published() + "/" + word(port.protocol());
      fields.put("ports[" + published + "]", Integer.toString(port.target()));
    }
  }

  private void resources(Resources resources) {
    put("resources.limits.cpu", cpu(resources.cpuLimitMillis()));
    put("resources.limits.memory", memory(resources.memoryLimitBytes()));
    put("resources.requests.cpu", cpu(resources.cpuRequestMillis()));
    put("resources.requests.memory", memory(resources.memoryRequestBytes()));
  }

  private static @Nullable String cpu(@Nullable Long millis) {
    return millis == null ? null : Quantities.showCpu(millis);
  }

  private static @Nullable String memory(@Nullable Long bytes) {
    return bytes == null ? null : Quantities.showMemory(bytes);
  }

  private void healthCheck(String path, HealthCheck check) {
    String probe =
        switch (check.probe()) {
          case HealthCheck.Probe.Tcp tcp -> "tcp " + (tcp.port() == 0 ? "PORT" : tcp.port());
          case HealthCheck.Probe.Http http -> "http " + http.url();
          case HealthCheck.Probe.Command command -> "command " + words(command.command());
        };
    fields.put(path, probe);
    fields.put(path + ".interval", Durations.show(check.interval()));
    fields.put(path + ".timeout", Durations.show(check.timeout()));
    fields.put(path + ".threshold", Integer.toString(check.threshold()));
    fields.put(path + ".on_failure", word(check.onFailure()));
    fields.put(path + ".readiness", Boolean.toString(check.readiness()));
    fields.put(path + ".min_healthy_time", Durations.show(check.minHealthyTime()));
    fields.put(path + ".start_period", Durations.show(check.startPeriod()));
    if (check.successThreshold() != 1) {
      fields.put(path + ".success_threshold", Integer.toString(check.successThreshold()));
    }
    if (check.startup()) {
      fields.put(path + ".startup", "true");
    }
    if (check.probe() instanceof HealthCheck.Probe.Http http) {
      if (!http.method().equals("GET")) {
        fields.put(path + ".method", http.method());
      }
      if (!http.expectedStatus().equals(HealthCheck.Probe.Http.SUCCESS)) {
        fields.put(path + ".expected_status", http.expectedStatus());
      }
      // Their values may be credentials.
      if (!http.headers().isEmpty()) {
        fields.put(path + ".headers", String.join(", ", http.headers().keySet()));
      }
    }
  }
}
