package io.gyre.api.identity;

import io.gyre.api.auth.Access;
import io.gyre.api.http.Call;
import io.gyre.api.http.Items;
import io.gyre.store.PolicyRecord;
import io.gyre.store.Store;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Policies: rules under a name, to be granted like a role. */
@Path("/v1/policies")
@Produces(MediaType.APPLICATION_JSON)
public final class PolicyResource {
  /**
   * @param namespaces null: all
   */
  record RuleBody(
      @Nullable String resource,
      @Nullable List<@Nullable String> verbs,
      @Nullable List<@Nullable String> namespaces) {}

  record PolicyBody(@Nullable List<@Nullable RuleBody> rules) {}

  record PolicyView(String name, List<PolicyRecord.Rule> rules, Instant updatedAt) {
    static PolicyView of(PolicyRecord policy) {
      return new PolicyView(policy.name(), policy.rules(), policy.updatedAt());
    }
  }

  private final Store store;
  private final Policies policies;

  public PolicyResource(Store store, Policies policies) {
    this.store = store;
    this.policies = policies;
  }

  @GET
  public Object list() {
    return store.identities(
        state -> Items.all(state.policies().stream().map(PolicyView::of).toList()));
  }

  @PUT
  @Path("/{name}")
  @Consumes(MediaType.APPLICATION_JSON)
  public Object put(
      @PathParam("name") String name,
      @Context ContainerRequestContext request,
      @Nullable PolicyBody body) {
    return PolicyView.of(
        policies.put(
            name, body == null ? null : body.rules(), Access.of(request), Call.of(request)));
  }

  @DELETE
  @Path("/{name}")
  public Response delete(@PathParam("name") String name, @Context ContainerRequestContext request) {
    policies.delete(name, Call.of(request));
    return Response.noContent().build();
  }
}
