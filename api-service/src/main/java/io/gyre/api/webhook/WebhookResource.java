package io.gyre.api.webhook;

import io.gyre.api.http.Call;
import io.gyre.api.http.Items;
import io.gyre.store.Store;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Webhooks of namespaces, and of the whole host. No answer but that of a creation has a key. */
@Path("/v1")
@Produces(MediaType.APPLICATION_JSON)
public final class WebhookResource {
  private static final String HOST = "";

  record NewWebhook(
      @Nullable String name,
      @Nullable String url,
      @Nullable List<@Nullable String> events,
      @Nullable String level) {}

  record Redelivery(@Nullable String delivery) {}

  /**
   * @param status null: there was no answer
   * @param error null: it was taken
   */
  record SentView(
      String delivery, boolean taken, @Nullable Integer status, @Nullable String error) {}

  private final Store store;
  private final Webhooks webhooks;

  public WebhookResource(Store store, Webhooks webhooks) {
    this.store = store;
    this.webhooks = webhooks;
  }

  /** With those of namespaces. */
  @GET
  @Path("/webhooks")
  public Object all() {
    return listed(null);
  }

  @GET
  @Path("/namespaces/{namespace}/webhooks")
  public Object list(@PathParam("namespace") String namespace) {
    return listed(namespace);
  }

  @POST
  @Path("/webhooks")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response createOfHost(NewWebhook body, @Context ContainerRequestContext request) {
    return created(HOST, body, request);
  }

  @POST
  @Path("/namespaces/{namespace}/webhooks")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response create(
      @PathParam("namespace") String namespace,
      NewWebhook body,
      @Context ContainerRequestContext request) {
    return created(namespace, body, request);
  }

  @GET
  @Path("/webhooks/{name}")
  public WebhookView showOfHost(@PathParam("name") String name) {
    return shown(HOST, name);
  }

  @GET
  @Path("/namespaces/{namespace}/webhooks/{name}")
  public WebhookView show(
      @PathParam("namespace") String namespace, @PathParam("name") String name) {
    return shown(namespace, name);
  }

  @DELETE
  @Path("/webhooks/{name}")
  public Response deleteOfHost(
      @PathParam("name") String name, @Context ContainerRequestContext request) {
    webhooks.delete(HOST, name, Call.of(request));
    return Response.noContent().build();
  }

  @DELETE
  @Path("/namespaces/{namespace}/webhooks/{name}")
  public Response delete(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @Context ContainerRequestContext request) {
    webhooks.delete(namespace, name, Call.of(request));
    return Response.noContent().build();
  }

  @POST
  @Path("/webhooks/{name}/test")
  public SentView testOfHost(
      @PathParam("name") String name, @Context ContainerRequestContext request) {
    return view(webhooks.test(HOST, name, Call.of(request)));
  }

  @POST
  @Path("/namespaces/{namespace}/webhooks/{name}/test")
  public SentView test(
      @PathParam("namespace") String namespace,
      @PathParam("name") String name,
      @Context ContainerRequestContext request) {
    return view(webhooks.test(namespace, name, Call.of(request)));
  }

  @POST
  @Path("/webhooks/{name}/redeliver")
  @Consumes(MediaType.APPLICATION_JSON)
  public SentView redeliverOfHost(@PathParam("name") String name, Redelivery body) {
    return view(webhooks.redeliver(HOST, name, required(body)));
  }

  @POST
  @Path("/namespaces/{namespace}/webhooks/{name}/redeliver")
  @Consumes(MediaType.APPLICATION_JSON)
  public SentView redeliver(
      @PathParam("namespace") String namespace, @PathParam("name") String name, Redelivery body) {
    return view(webhooks.redeliver(namespace, name, required(body)));
  }

  private Object listed(@Nullable String namespace) {
    return store.webhooks(
        state ->
            Items.all(
                state.webhooks(namespace).stream()
                    .map(each -> WebhookView.of(each, null, null))
                    .toList()));
  }

  private Response created(String namespace, NewWebhook body, ContainerRequestContext request) {
    Webhooks.Created made =
        webhooks.create(
            namespace,
            new Webhooks.Wanted(body.name(), body.url(), body.events(), body.level()),
            Call.of(request));
    return Response.status(201).entity(WebhookView.of(made.webhook(), made.key(), null)).build();
  }

  private WebhookView shown(String namespace, String name) {
    return store.webhooks(
        state ->
            state
                .webhook(namespace, name)
                .map(each -> WebhookView.of(each, null, state.dead(each.uid())))
                .orElseThrow(() -> Webhooks.notFound(namespace, name)));
  }

  private static String required(Redelivery body) {
    String delivery = body.delivery();
    if (delivery == null) {
      throw Call.badField("webhook.delivery.required", "delivery", "which delivery?");
    }
    return delivery;
  }

  private static SentView view(Webhooks.Sent sent) {
    Post.Outcome outcome = sent.outcome();
    return new SentView(
        sent.delivery(),
        outcome.taken(),
        outcome.status() == 0 ? null : (Integer) outcome.status(),
        outcome.taken() ? null : outcome.error());
  }
}
