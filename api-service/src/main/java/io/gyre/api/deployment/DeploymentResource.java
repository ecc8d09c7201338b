package io.gyre.api.deployment;

import io.gyre.api.auth.Reach;
import io.gyre.api.auth.Visible;
import io.gyre.api.http.Call;
import io.gyre.api.http.Items;
import io.gyre.api.http.Query;
import io.gyre.model.Autoscale;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.GyreException;
import io.gyre.model.JobRun;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Deployments. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class DeploymentResource {
  private static final String ONE = "/namespaces/{namespace}/deployments/{name}";

  /** The body of a scale request. */
  record Scale(@Nullable Integer replicas) {}

  private final Store store;
  private final Deployments deployments;

  public DeploymentResource(Store store, Deployments deployments) {
    this.store = store;
    this.deployments = deployments;
  }

  @GET
  @Path("/deployments")
  public Object list(
      @QueryParam("namespace") @Nullable String namespace,
      @QueryParam("limit") @Nullable String limit,
      @QueryParam("continue") @Nullable String position,
      @Context ContainerRequestContext request) {
    Reach reach = Reach.of(request);
    int size = Query.pageSize(limit);
    String only = Query.name("namespace", namespace);
    DeploymentKey after = key(position);
    return store.snapshot(
        state -> {
          Map<DeploymentKey, JobRun> runs =
              state.lastJobRuns(only).stream()
                  .collect(Collectors.toMap(JobRun::key, Function.identity()));
          Map<DeploymentKey, Autoscale> scaled = state.autoscales();
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
              wanted ->
                  DeploymentView.of(
                      Halts.takenIn(state, wanted),
                      state.status(wanted.key()).orElse(null),
                      state.conditions(wanted.key(), null),
                      runs.get(wanted.key()),
                      scaling(scaled.get(wanted.key()), wanted.key(), state),
                      deployments.now()));
        });
  }

  private static @Nullable DeploymentKey key(@Nullable String position) {
    String text = Query.after(position);
    if (text == null) {
      return null;
    }
    try {
      return DeploymentKey.parse(text);
    } catch (GyreException e) {
      throw Query.badPosition(String.valueOf(position));
    }
  }

  @GET
  @Path(ONE)
  public Response read(@PathParam("namespace") String namespace, @PathParam("name") String name) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    return store.snapshot(state -> answer(200, wanted(state, key), state));
  }

  @DELETE
  @Path(ONE)
  public Response delete(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      @Context ContainerRequestContext request) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    return answer(202, deployments.delete(key, ifMatch, Call.of(request)), store.read());
  }

  @POST
  @Path(ONE + "/scale")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response scale(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      @Context ContainerRequestContext request,
      @Nullable Scale body) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    Integer replicas = body == null ? null : body.replicas();
    if (replicas == null || replicas < 0 || replicas > Deployments.MAX_REPLICAS) {
      throw Call.badField(
          "deployment.replicas.invalid",
          "replicas",
          "replicas must be a whole number from 0 to " + Deployments.MAX_REPLICAS);
    }
    return answer(200, deployments.scale(key, replicas, ifMatch, Call.of(request)), store.read());
  }

  @POST
  @Path(ONE + "/restart")
  public Response restart(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      @Context ContainerRequestContext request) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    return answer(200, deployments.restart(key, ifMatch, Call.of(request)), store.read());
  }

  @POST
  @Path(ONE + "/stop")
  public Response stop(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      @Context ContainerRequestContext request) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    return answer(200, deployments.stop(key, ifMatch, Call.of(request)), store.read());
  }

  @POST
  @Path(ONE + "/start")
  public Response start(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      @Context ContainerRequestContext request) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    return answer(200, deployments.start(key, ifMatch, Call.of(request)), store.read());
  }

  static DesiredDeployment wanted(StateReader state, DeploymentKey key) {
    return state.deployment(key).orElseThrow(() -> Deployments.notFound(key));
  }

  static Response answer(int status, DesiredDeployment wanted, StateReader state) {
    List<JobRun> runs = wanted.isJob() ? state.jobRuns(wanted.key()) : List.of();
    return Response.status(status)
        .entity(
            DeploymentView.of(
                Halts.takenIn(state, wanted),
                state.status(wanted.key()).orElse(null),
                state.conditions(wanted.key(), null),
                runs.isEmpty() ? null : runs.getLast(),
                scaling(state.autoscale(wanted.key()).orElse(null), wanted.key(), state),
                Instant.now()))
        .header(HttpHeaders.ETAG, Deployments.etag(wanted))
        .build();
  }

  private static @Nullable AutoscaleView scaling(
      @Nullable Autoscale policy, DeploymentKey key, StateReader state) {
    return policy == null ? null : AutoscaleView.of(policy, state.autoscaleState(key).orElse(null));
  }
}
