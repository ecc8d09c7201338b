package io.gyre.api.deployment;

import io.gyre.model.ContainerSpec;
import io.gyre.model.Contents;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.HealthCheck;
import io.gyre.model.HealthCheck.Probe;
import io.gyre.model.PortMapping;
import io.gyre.model.ProcessSpec;
import io.gyre.model.Resources;
import io.gyre.model.VolumeMount;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a deployment runs, with every default filled in; durations are in milliseconds. */
record SpecView(
    String runtime,
    String kind,
    @Nullable Container container,
    @Nullable Command process,
    Map<String, String> environment,
    List<Volume> volumes,
    List<Port> ports,
    Map<String, String> labels,
    Limits resources,
    List<Check> healthChecks,
    String network,
    @Nullable Map<String, Reference> references,
    @Nullable List<From> environmentFrom,
    @Nullable String onConfigChange,
    @Nullable String signal,
    @Nullable Map<String, Long> versions) {

  record Container(
      String image,
      List<String> command,
      String pullPolicy,
      @Nullable String user,
      boolean privileged) {}

  record Command(
      List<String> command,
      @Nullable String workingDir,
      @Nullable String user,
      String stopSignal,
      long stopGraceMs) {}

  record Volume(
      String type, String source, @Nullable String key, String destination, boolean readOnly) {}

  record Port(int published, int target, String hostIp, String protocol) {}

  record Limits(
      @Nullable Long cpuLimitMillis,
      @Nullable Long memoryLimitBytes,
      @Nullable Long cpuRequestMillis,
      @Nullable Long memoryRequestBytes) {}

  record Check(
      String type,
      @Nullable Integer port,
      @Nullable String url,
      @Nullable List<String> command,
      long intervalMs,
      long timeoutMs,
      int threshold,
      String onFailure,
      boolean readiness,
      long minHealthyMs,
      long startPeriodMs,
      int successThreshold,
      boolean startup,
      @Nullable String method,
      @Nullable List<String> headers,
      @Nullable String expectedStatus) {}

  /** An entry of a config or secret as the value of a variable. */
  record Reference(String kind, String name, @Nullable String key) {}

  /** All entries of a config or secret as variables. */
  record From(String kind, String name, String prefix) {}

  static SpecView of(DeploymentSpec spec) {
    Resources resources = spec.resources();
    return new SpecView(
        spec.runtime(),
        id(spec.kind()),
        spec.container() == null ? null : container(spec.container()),
        spec.process() == null ? null : process(spec.process()),
        spec.environment(),
        spec.volumes().stream().map(SpecView::volume).toList(),
        spec.ports().stream().map(SpecView::port).toList(),
        spec.labels(),
        new Limits(
            resources.cpuLimitMillis(),
            resources.memoryLimitBytes(),
            resources.cpuRequestMillis(),
            resources.memoryRequestBytes()),
        spec.healthChecks().stream().map(SpecView::check).toList(),
        id(spec.network()),
        references(spec.contents()),
        spec.contents().environmentFrom().isEmpty()
            ? null
            : spec.contents().environmentFrom().stream()
                .map(all -> new From(all.content().kind().id(), all.content().name(), all.prefix()))
                .toList(),
        spec.used().isEmpty() ? null : id(spec.onContentChange()),
        spec.contents().signal(),
        versions(spec));
  }

  private static @Nullable Map<String, Reference> references(Contents contents) {
    if (contents.environment().isEmpty()) {
      return null;
    }
    Map<String, Reference> references = new TreeMap<>();
    contents
        .environment()
        .forEach(
            (name, entry) ->
                references.put(
                    name,
                    new Reference(
                        entry.content().kind().id(), entry.content().name(), entry.key())));
    return references;
  }

  /** Of what it pins, as in {@code config/app} to 3. */
  private static @Nullable Map<String, Long> versions(DeploymentSpec spec) {
    Map<String, Long> versions = new TreeMap<>();
    spec.used().stream()
        .filter(spec::pins)
        .forEach(content -> versions.put(content.id(), spec.version(content)));
    return versions.isEmpty() ? null : versions;
  }

  private static Container container(ContainerSpec spec) {
    return new Container(
        spec.image(), spec.command(), id(spec.pullPolicy()), spec.user(), spec.privileged());
  }

  private static Command process(ProcessSpec spec) {
    return new Command(
        spec.argv(), spec.workingDir(), spec.user(), spec.stopSignal(), ms(spec.stopGrace()));
  }

  private static Volume volume(VolumeMount mount) {
    return new Volume(
        id(mount.type()), mount.source(), mount.key(), mount.destination(), mount.readOnly());
  }

  private static Port port(PortMapping port) {
    return new Port(port.published(), port.target(), port.hostIp(), id(port.protocol()));
  }

  private static Check check(HealthCheck check) {
    Probe probe = check.probe();
    return new Check(
        switch (probe) {
          case Probe.Tcp _ -> "tcp";
          case Probe.Http _ -> "http";
          case Probe.Command _ -> "command";
        },
        probe instanceof Probe.Tcp(int port) ? port : null,
        probe instanceof Probe.Http http ? http.url() : null,
        probe instanceof Probe.Command(List<String> command) ? command : null,
        ms(check.interval()),
        ms(check.timeout()),
        check.threshold(),
        id(check.onFailure()),
        check.readiness(),
        ms(check.minHealthyTime()),
        ms(check.startPeriod()),
        check.successThreshold(),
        check.startup(),
        probe instanceof Probe.Http http ? http.method() : null,
        // Their values may be credentials.
        probe instanceof Probe.Http http ? List.copyOf(http.headers().keySet()) : null,
        probe instanceof Probe.Http http ? http.expectedStatus() : null);
  }

  private static long ms(Duration duration) {
    return duration.toMillis();
  }

  private static String id(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
