package io.gyre.api.apply;

import io.gyre.api.auth.Access;
import io.gyre.api.http.Call;
import io.gyre.api.http.Query;
import io.gyre.api.http.TextBody;
import io.gyre.manifest.ManifestSource;
import io.gyre.model.Failpoints;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Manifests in, a plan or its outcome out. */
@Path("/v1/apply")
@Produces(MediaType.APPLICATION_JSON)
public final class ApplyResource {
  record Answer(String correlation, boolean dryRun, List<ChangeView> changes) {}

  private final Applier applier;

  public ApplyResource(Applier applier) {
    this.applier = applier;
  }

  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  public Object files(
      @QueryParam("dry_run") @Nullable String dryRun,
      @Context ContainerRequestContext request,
      @Nullable ApplyRequest body) {
    if (body == null) {
      throw Call.badField("apply.files.missing", "files", "send at least one file");
    }
    return apply(body.sources(), body.values(), dryRun, request);
  }

  /** One file and no variables. */
  @POST
  @Consumes({"application/yaml", "application/x-yaml", "text/yaml"})
  public Object yaml(
      @QueryParam("dry_run") @Nullable String dryRun,
      @Context ContainerRequestContext request,
      @Nullable TextBody body) {
    String text = body == null ? "" : body.text();
    return apply(List.of(new ManifestSource("manifest.yaml", text)), Map.of(), dryRun, request);
  }

  private Answer apply(
      List<ManifestSource> sources,
      Map<String, String> variables,
      @Nullable String dryRun,
      ContainerRequestContext request) {
    Call call = Call.of(request);
    boolean dry = Query.flag("dry_run", dryRun);
    List<ChangeView> changes =
        applier.apply(sources, variables, dry, call, Access.of(request)).stream()
            .map(Change::view)
            .toList();
    Failpoints.hit("api.apply.before_answer");
    return new Answer(call.correlation(), dry, changes);
  }
}
