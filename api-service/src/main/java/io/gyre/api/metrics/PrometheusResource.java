package io.gyre.api.metrics;

import io.gyre.api.auth.Reach;
import io.gyre.api.status.Components;
import io.gyre.bus.BusStats;
import io.gyre.model.Autoscale;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DeploymentPhase;
import io.gyre.model.DeploymentStatus;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceUsage;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import io.gyre.store.StoreStats;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Everything, for Prometheus. */
@Path("/metrics")
public final class PrometheusResource {
  /** What of this process isn't in the store. */
  public interface Self {
    BusStats bus();

    /** How old the last message was when it came; negative before the first. */
    double busLagSeconds();
  }

  private final Store store;
  private final Components components;
  private final String version;
  private final Supplier<Duration> interval;
  private final Clock clock;
  private final Self self;

  public PrometheusResource(
      Store store,
      Components components,
      String version,
      Supplier<Duration> interval,
      Clock clock,
      Self self) {
    this.store = store;
    this.components = components;
    this.version = version;
    this.interval = interval;
    this.clock = clock;
    this.self = self;
  }

  @GET
  public Response metrics(@Context ContainerRequestContext request) {
    Reach reach = Reach.of(request);
    Exposition out = new Exposition();
    if (reach.everywhere()) {
      ofGyre(out);
    }
    store.snapshot(
        state -> {
          UsageState usage = new UsageState(state, interval.get(), clock.instant());
          ofDeployments(out, state, usage.deployments(), reach);
          ofInstances(out, usage, reach);
          return out;
        });
    return Response.ok(out.text()).header("Content-Type", Exposition.CONTENT_TYPE).build();
  }

  private void ofGyre(Exposition out) {
    out.gauge("gyre_build_info", "Always 1; the label says which version this is.")
        .sample(1, "version", version);
    out.gauge("gyre_component_up", "Whether the process of Gyre lives.");
    components.all().forEach(each -> out.sample(each.live() ? 1 : 0, "component", each.name()));
    out.counter("gyre_component_starts_total", "Starts of the process on this data root.");
    components.all().stream()
        .filter(each -> each.starts() > 0)
        .forEach(each -> out.sample(each.starts(), "component", each.name()));
    StoreStats stats = store.stats();
    out.gauge("gyre_database_bytes", "Size of the database.").sample(stats.dbBytes());
    out.gauge("gyre_database_log_bytes", "Size of the database's write-ahead log.")
        .sample(stats.walBytes());
    BusStats bus = self.bus();
    out.counter("gyre_api_bus_messages_total", "Messages of the API, by what became of them.")
        .sample(bus.published(), "result", "published")
        .sample(bus.handled(), "result", "handled")
        .sample(bus.failed(), "result", "failed")
        .sample(bus.unknown(), "result", "unknown")
        .sample(bus.damaged(), "result", "damaged");
    if (self.busLagSeconds() >= 0) {
      out.gauge(
              "gyre_api_bus_lag_seconds",
              "How long the last message from the reconciler was under way to the API.")
          .sample(self.busLagSeconds());
    }
  }

  private static void ofDeployments(
      Exposition out, StateReader state, List<DesiredDeployment> all, Reach reach) {
    List<DesiredDeployment> deployments =
        all.stream().filter(each -> reach.includes(each.key().namespace())).toList();
    Map<DeploymentKey, DeploymentStatus> statuses =
        state.statuses(null).stream()
            .filter(each -> reach.includes(each.key().namespace()))
            .collect(Collectors.toMap(DeploymentStatus::key, Function.identity()));
    Map<DeploymentKey, Autoscale> policies = new LinkedHashMap<>(state.autoscales());
    policies.keySet().removeIf(key -> !reach.includes(key.namespace()));
    out.gauge("gyre_deployment_replicas", "Replicas that are wanted.");
    deployments.forEach(each -> sample(out, each.key(), each.replicas()));
    out.gauge("gyre_deployment_replicas_ready", "Ready instances of the current revision.");
    statuses.values().forEach(each -> sample(out, each.key(), each.ready()));
    out.gauge("gyre_deployment_instances", "Instances of any revision that exist.");
    statuses.values().forEach(each -> sample(out, each.key(), each.total()));
    out.gauge("gyre_deployment_phase", "1 for the phase that the deployment is in.");
    for (DesiredDeployment each : deployments) {
      DeploymentPhase now = phase(each, statuses.get(each.key()));
      for (DeploymentPhase phase : DeploymentPhase.values()) {
        out.sample(
            phase == now ? 1 : 0,
            "namespace",
            each.key().namespace(),
            "deployment",
            each.key().name(),
            "phase",
            phase.id());
      }
    }
    out.gauge("gyre_deployment_revision", "The revision that is wanted.");
    deployments.forEach(each -> sample(out, each.key(), each.revision()));
    if (!policies.isEmpty()) {
      out.gauge("gyre_deployment_autoscale_min", "The fewest replicas.");
      policies.forEach((key, policy) -> sample(out, key, policy.min()));
      out.gauge("gyre_deployment_autoscale_max", "The most replicas.");
      policies.forEach((key, policy) -> sample(out, key, policy.max()));
    }
  }

  private static DeploymentPhase phase(
      DesiredDeployment wanted, @Nullable DeploymentStatus status) {
    if (wanted.deleted()) {
      return DeploymentPhase.DELETING;
    }
    return status == null ? DeploymentPhase.PENDING : status.phase();
  }

  private static void sample(Exposition out, DeploymentKey key, Number value) {
    out.sample(value, "namespace", key.namespace(), "deployment", key.name());
  }

  /** What a family says of an instance; null: nothing. */
  private interface OfInstance {
    @Nullable Number value(InstanceRecord row, @Nullable InstanceUsage usage);
  }

  private static void ofInstances(Exposition out, UsageState usage, Reach reach) {
    List<InstanceRecord> rows =
        usage.instances(null, null).stream()
            .filter(row -> reach.includes(row.deployment().namespace()))
            .toList();
    Map<InstanceId, InstanceUsage> usages = usage.usages(null, null);
    instances(
        out.gauge("gyre_instance_ready", "Whether the instance serves."),
        rows,
        usages,
        (row, used) -> row.ready() ? 1 : 0);
    instances(
        out.counter("gyre_instance_restarts_total", "Restarts in place since it was made."),
        rows,
        usages,
        (row, used) -> row.restarts());
    instances(
        out.gauge(
            "gyre_instance_start_time_seconds",
            "When its main process started, in seconds since the epoch."),
        rows,
        usages,
        (row, used) -> row.startedAt() == null ? null : row.startedAt().toEpochMilli() / 1000.0);
    instances(
        out.counter("gyre_instance_cpu_seconds_total", "Processor time of all its life."),
        rows,
        usages,
        (row, used) -> used == null ? null : used.cpuNanos() / 1e9);
    instances(
        out.gauge("gyre_instance_memory_bytes", "Memory in use."),
        rows,
        usages,
        (row, used) -> used == null ? null : used.last().memoryBytes());
    instances(
        out.gauge("gyre_instance_memory_limit_bytes", "Memory that it may use."),
        rows,
        usages,
        (row, used) -> usage.resources(row).memoryLimitBytes());
    instances(
        out.gauge("gyre_instance_cpu_limit_cores", "Cores that it may use."),
        rows,
        usages,
        (row, used) -> cores(usage.resources(row).cpuLimitMillis()));
    instances(
        out.counter("gyre_instance_network_received_bytes_total", "Bytes that it has received."),
        rows,
        usages,
        (row, used) -> used == null ? null : used.receivedBytes());
    instances(
        out.counter("gyre_instance_network_sent_bytes_total", "Bytes that it has sent."),
        rows,
        usages,
        (row, used) -> used == null ? null : used.sentBytes());
  }

  private static @Nullable Double cores(@Nullable Long millis) {
    return millis == null ? null : Double.valueOf(millis / 1000.0);
  }

  private static void instances(
      Exposition out,
      List<InstanceRecord> rows,
      Map<InstanceId, InstanceUsage> usages,
      OfInstance of) {
    for (InstanceRecord row : rows) {
      Number value = of.value(row, usages.get(row.id()));
      if (value != null) {
        out.sample(
            value,
            "namespace",
            row.deployment().namespace(),
            "deployment",
            row.deployment().name(),
            "instance",
            row.id().value());
      }
    }
  }
}
