package io.gyre.api.deployment;

import io.gyre.api.http.Call;
import io.gyre.api.http.Items;
import io.gyre.api.http.Query;
import io.gyre.model.DeploymentKey;
import io.gyre.model.JobAttempt;
import io.gyre.store.Store;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs of jobs. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class JobResource {
  private static final String RUNS = "/namespaces/{namespace}/deployments/{name}/runs";

  /** A run that was asked for; its number is known once the reconciler has made it. */
  record Asked(long request) {}

  private final Store store;
  private final Jobs jobs;

  public JobResource(Store store, Jobs jobs) {
    this.store = store;
    this.jobs = jobs;
  }

  @GET
  @Path(RUNS)
  public Object runs(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @QueryParam("request") @Nullable String request) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    long only = Query.number("request", request, 0, 1, Long.MAX_VALUE);
    return store.snapshot(
        state -> {
          Jobs.requireJob(DeploymentResource.wanted(state, key));
          List<JobAttempt> attempts = state.jobAttempts(key);
          return Items.all(
              state.jobRuns(key).stream()
                  .filter(run -> only == 0 || run.request() == only)
                  .map(run -> RunView.of(run, attempts))
                  .toList());
        });
  }

  @GET
  @Path(RUNS + "/{run}")
  public Object run(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @PathParam("run") String run) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    long number = number(run);
    return store.snapshot(
        state -> {
          Jobs.requireJob(DeploymentResource.wanted(state, key));
          return RunView.of(Jobs.find(state, key, number), state.jobAttempts(key));
        });
  }

  @POST
  @Path(RUNS)
  public Response start(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @Context ContainerRequestContext request) {
    long asked = jobs.run(new DeploymentKey(namespace, name), Call.of(request));
    return Response.status(202).entity(new Asked(asked)).build();
  }

  @POST
  @Path(RUNS + "/{run}/cancel")
  public Response cancel(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @PathParam("run") String run,
      @Context ContainerRequestContext request) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    return Response.status(202)
        .entity(
            RunView.of(
                jobs.cancel(key, number(run), Call.of(request)), store.read().jobAttempts(key)))
        .build();
  }

  private static long number(String text) {
    try {
      long number = Long.parseLong(text);
      if (number >= 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw Call.badQuery("run", "a run is a number from 1, not \"" + text + "\"");
  }
}
