package io.gyre.api.deployment;

import io.gyre.api.auth.Access;
import io.gyre.api.auth.HostUse;
import io.gyre.api.http.Call;
import io.gyre.api.http.Items;
import io.gyre.manifest.FieldChange;
import io.gyre.manifest.SpecDiff;
import io.gyre.model.DeploymentKey;
import io.gyre.model.DesiredDeployment;
import io.gyre.model.RolloutRecord;
import io.gyre.store.RevisionRecord;
import io.gyre.store.StateReader;
import io.gyre.store.Store;
import jakarta.ws.rs.Consumes;
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
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Revisions of a deployment and how one takes the place of another. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class RolloutResource {
  private static final String ONE = "/namespaces/{namespace}/deployments/{name}";

  /** The body of a rollback. */
  record Back(@Nullable Long revision) {}

  /** What differs between two revisions; null: nothing to compare with. */
  record Difference(@Nullable Long from, long to, List<Field> fields) {
    record Field(String path, @Nullable String from, @Nullable String to) {
      static Field of(FieldChange change) {
        return new Field(change.path(), change.from(), change.to());
      }
    }
  }

  private final Store store;
  private final Rollouts rollouts;

  public RolloutResource(Store store, Rollouts rollouts) {
    this.store = store;
    this.rollouts = rollouts;
  }

  @GET
  @Path(ONE + "/revisions")
  public Object revisions(
      @PathParam("namespace") String namespace, @PathParam("name") String name) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    return store.snapshot(
        state -> {
          DesiredDeployment wanted = DeploymentResource.wanted(state, key);
          Map<Long, RolloutRecord> outcomes =
              state.rollouts(key).stream()
                  .filter(row -> row.uid().equals(wanted.uid()))
                  .collect(Collectors.toMap(RolloutRecord::revision, Function.identity()));
          return Items.all(
              state.revisions(key).stream()
                  .map(
                      each ->
                          RevisionView.of(each, wanted.revision(), outcomes.get(each.revision())))
                  .toList());
        });
  }

  @GET
  @Path(ONE + "/revisions/{revision}/diff")
  public Object diff(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @PathParam("revision") String revision,
      @QueryParam("from") @Nullable String from) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    long to = number("revision", revision);
    return store.snapshot(
        state -> {
          DeploymentResource.wanted(state, key);
          Long other = from == null ? before(state, key, to) : Long.valueOf(number("from", from));
          return new Difference(
              other,
              to,
              SpecDiff.between(
                      other == null ? null : Rollouts.spec(state, key, other),
                      Rollouts.spec(state, key, to))
                  .stream()
                  .map(Difference.Field::of)
                  .toList());
        });
  }

  @POST
  @Path(ONE + "/rollback")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response rollBack(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      @Context ContainerRequestContext request,
      @Nullable Back body) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    Long revision = body == null ? null : body.revision();
    if (revision != null && revision < 1) {
      throw Call.badField(
          "deployment.rollback.revision.invalid", "revision", "a revision is a number from 1");
    }
    Access access = Access.of(request);
    return answer(
        rollouts.rollBack(
            key,
            revision,
            ifMatch,
            Call.of(request),
            spec -> access.require(HostUse.need(key, spec).stream().toList())));
  }

  @POST
  @Path(ONE + "/rollout/pause")
  public Response pause(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      @Context ContainerRequestContext request) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    return answer(rollouts.pause(key, ifMatch, Call.of(request)));
  }

  @POST
  @Path(ONE + "/rollout/resume")
  public Response resume(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @HeaderParam(HttpHeaders.IF_MATCH) @Nullable String ifMatch,
      @Context ContainerRequestContext request) {
    DeploymentKey key = new DeploymentKey(namespace, name);
    return answer(rollouts.resume(key, ifMatch, Call.of(request)));
  }

  private Response answer(DesiredDeployment wanted) {
    return DeploymentResource.answer(200, wanted, store.read());
  }

  private static @Nullable Long before(StateReader state, DeploymentKey key, long revision) {
    Long before = null;
    for (RevisionRecord each : state.revisions(key)) {
      if (each.revision() < revision) {
        before = each.revision();
      }
    }
    return before;
  }

  private static long number(String name, String text) {
    try {
      long number = Long.parseLong(text);
      if (number >= 1) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw Call.badQuery(name, "a revision is a number from 1, not \"" + text + "\"");
  }
}
