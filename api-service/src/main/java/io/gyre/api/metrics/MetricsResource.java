package io.gyre.api.metrics;

import io.gyre.api.auth.Reach;
import io.gyre.api.auth.Visible;
import io.gyre.api.deployment.Deployments;
import io.gyre.api.http.Items;
import io.gyre.api.http.Query;
import io.gyre.api.instance.InstanceResource;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.GyreException;
import io.gyre.model.InstanceId;
import io.gyre.model.InstanceRecord;
import io.gyre.model.InstanceUsage;
import io.gyre.model.UsagePoint;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What instances and deployments use, now and before. */
@Path("/v1/metrics")
@Produces(MediaType.APPLICATION_JSON)
public final class MetricsResource {
  private static final Duration FINE = Duration.ofHours(1);

  /**
   * What was used at a time.
   *
   * @param instances how many it is the sum of
   */
  record Point(
      Instant at,
      double cpuCores,
      long memoryBytes,
      @Nullable Long receivedBytesPerSecond,
      @Nullable Long sentBytesPerSecond,
      int instances) {
    static Point of(UsagePoint point) {
      return new Point(
          point.at(),
          point.cpuMillis() / 1000.0,
          point.memoryBytes(),
          point.receivedPerSecond(),
          point.sentPerSecond(),
          point.instances());
    }
  }

  /**
   * @param current null where the instance is gone
   * @param stepSeconds of averages; 0: each sample is shown
   * @param history oldest first
   */
  record InstanceHistory(
      @Nullable InstanceMetrics current, long stepSeconds, List<Point> history) {}

  /** Likewise. */
  record DeploymentHistory(DeploymentMetrics current, long stepSeconds, List<Point> history) {}

  private final Store store;
  private final Supplier<Duration> interval;
  private final Clock clock;

  /**
   * @param interval between two rounds of samples
   */
  public MetricsResource(Store store, Supplier<Duration> interval, Clock clock) {
    this.store = store;
    this.interval = interval;
    this.clock = clock;
  }

  private UsageState usage(StateReader state) {
    return new UsageState(state, interval.get(), clock.instant());
  }

  @GET
  @Path("/instances")
  public Object instances(
      @QueryParam("namespace") @Nullable String namespace,
      @QueryParam("deployment") @Nullable String deployment,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("continue") @Nullable String position,
      @Context ContainerRequestContext request) {
    Reach reach = Reach.of(request);
    int size = Query.pageSize(limit);
    String ofNamespace = Query.name("namespace", namespace);
    String ofDeployment = Query.name("deployment", deployment);
    InstanceId after = instance(position);
    return store.snapshot(
        state -> {
          UsageState usage = usage(state);
          Map<InstanceId, InstanceUsage> usages = usage.usages(ofNamespace, ofDeployment);
          return Items.page(
              Visible.page(
                  reach,
                  after,
                  size + 1,
                  (from, most) -> state.instances(ofNamespace, ofDeployment, from, most),
                  InstanceRecord::id,
                  row -> row.deployment().namespace()),
              size,
              InstanceRecord::id,
              row -> InstanceMetrics.of(row, usage.resources(row), usages.get(row.id())));
        });
  }

  @GET
  @Path("/instances/{id}")
  public Object instance(@PathParam("id") String id, @QueryParam("since") @Nullable String since) {
    InstanceId instance = new InstanceId(id);
    return store.snapshot(
        state -> {
          UsageState usage = usage(state);
          InstanceMetrics current =
              state
                  .instance(instance)
                  .map(
                      row ->
                          InstanceMetrics.of(
                              row, usage.resources(row), usage.usage(instance).orElse(null)))
                  .orElse(null);
          History history = history(state, id, since);
          if (current == null && history.points.isEmpty()) {
            throw InstanceResource.notFound(id);
          }
          return new InstanceHistory(current, history.stepSeconds, history.points);
        });
  }

  @GET
  @Path("/deployments")
  public Object deployments(
      @QueryParam("namespace") @Nullable String namespace,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("continue") @Nullable String position,
      @Context ContainerRequestContext request) {
    Reach reach = Reach.of(request);
    int size = Query.pageSize(limit);
    String only = Query.name("namespace", namespace);
    DeploymentKey after = deployment(position);
    return store.snapshot(
        state -> {
          UsageState usage = usage(state);
          return Items.page(
              Visible.page(
                  reach,
                  after,
                  size + 1,
                  (from, most) -> state.deployments(only, from, most),
                  DesiredDeployment::key,
                  wanted -> wanted.key().namespace()),
              size,
              DesiredDeployment::key,
              usage::deployment);
        });
  }

  @GET
  @Path("/namespaces/{namespace}/deployments/{name}")
  public Object deployment(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @QueryParam("since") @Nullable String since) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    return store.snapshot(
        state -> {
          UsageState usage = usage(state);
          DesiredDeployment wanted =
              state.deployment(key).orElseThrow(() -> Deployments.notFound(key));
          History history = history(state, key.toString(), since);
          return new DeploymentHistory(
              usage.deployment(wanted), history.stepSeconds, history.points);
        });
  }

  private record History(long stepSeconds, List<Point> points) {}

  /** Averages where it's about more than the last hour. */
  private History history(StateReader state, String subject, @Nullable String since) {
    Instant now = clock.instant();
    Instant asked = Query.since("since", since, now);
    Instant begin = asked == null ? now.minus(FINE) : asked;
    boolean coarse = begin.isBefore(now.minus(FINE));
    return new History(
        coarse ? UsagePoint.COARSE.toSeconds() : 0,
        state.usagePoints(subject, coarse, begin).stream().map(Point::of).toList());
  }

  private static @Nullable InstanceId instance(@Nullable String position) {
    String text = Query.after(position);
    try {
      return text == null ? null : new InstanceId(text);
    } catch (GyreException e) {
      throw Query.badPosition(String.valueOf(position));
    }
  }

  private static @Nullable DeploymentKey deployment(@Nullable String position) {
    String text = Query.after(position);
    try {
      return text == null ? null : DeploymentKey.parse(text);
    } catch (GyreException e) {
      throw Query.badPosition(String.valueOf(position));
    }
  }
}
