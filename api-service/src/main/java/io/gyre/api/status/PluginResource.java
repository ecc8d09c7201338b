package io.gyre.api.status;

import io.gyre.api.deployment.Announcer;
import io.gyre.api.http.Call;
import io.gyre.api.http.Items;
import io.gyre.messages.Message;
import io.gyre.model.ChangeRecord;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.PluginInfo;
import io.gyre.store.Store;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Plugin jars, as the runtime host reported them last. */
@Path("/v1/plugins")
@Produces(MediaType.APPLICATION_JSON)
public final class PluginResource {
  private static final long SEND_SECONDS = 5;

  /**
   * @param name the plugin's id, or where that isn't known its file's name
   */
  record PluginView(
      String name,
      String version,
      String runtime,
      String state,
      @Nullable String signedBy,
      String sha256,
      String file,
      @Nullable String rollbackTo,
      @Nullable String message,
      Instant since) {
    static PluginView of(PluginInfo plugin) {
      String file = plugin.file();
      return new PluginView(
          plugin.id().isEmpty() ? file.substring(file.lastIndexOf('/') + 1) : plugin.id(),
          plugin.version(),
          plugin.runtime(),
          plugin.state().name().toLowerCase(Locale.ROOT),
          plugin.signedBy(),
          plugin.sha256(),
          file,
          plugin.rollbackTo(),
          plugin.message(),
          plugin.since());
    }
  }

  /**
   * @param correlation of the event that tells how it ended: {@code plugin_rolled_back} or {@code
   *     plugin_rollback_failed}
   */
  record Rollback(String runtime, String from, String to, String correlation) {}

  private final Store store;
  private final Announcer announcer;
  private final Clock clock;

  public PluginResource(Store store, Announcer announcer, Clock clock) {
    this.store = store;
    this.announcer = announcer;
    this.clock = clock;
  }

  @GET
  public Object plugins() {
    return Items.all(store.read().plugins().stream().map(PluginView::of).toList());
  }

  /** Asks the runtime host; an event tells how it ended. */
  @POST
  @Path("/{name}/rollback")
  public Response rollBack(
      @PathParam("name") String name, @Context ContainerRequestContext request) {
    Call call = Call.of(request);
    PluginInfo plugin = serving(name);
    String to = plugin.rollbackTo();
    if (to == null) {
      throw new GyreException(
          ErrorKind.CONFLICT,
          "plugin.no_earlier",
          "runtime "
              + plugin.runtime()
              + " has no earlier plugin than "
              + plugin.version()
              + " to go back to",
          "install the version that you want: gyre plugin install FILE");
    }
    store
        .desired()
        .transact(
            tx ->
                tx.recordChange(
                    new ChangeRecord(
                        0,
                        clock.instant(),
                        call.actor(),
                        "roll back",
                        null,
                        null,
                        0,
                        "plugin of runtime " + plugin.runtime() + " to " + to,
                        call.correlation())));
    send(
        new Message.RollBackPlugin(plugin.runtime(), plugin.sha256(), call.actor()),
        call.correlation());
    return Response.status(202)
        .entity(new Rollback(plugin.runtime(), plugin.version(), to, call.correlation()))
        .build();
  }

  /** By runtime, else by the plugin's id. */
  private PluginInfo serving(String name) {
    List<PluginInfo> serving =
        store.read().plugins().stream()
            .filter(plugin -> plugin.state() == PluginInfo.State.SERVING)
            .toList();
    return serving.stream()
        .filter(plugin -> plugin.runtime().equals(name))
        .findFirst()
        .or(() -> serving.stream().filter(plugin -> plugin.id().equals(name)).findFirst())
        .orElseThrow(
            () ->
                GyreException.notFound(
                    "serving plugin", name, "see what there is: gyre get plugins"));
  }

  private void send(Message message, String correlation) {
    try {
      var _ = announcer.publish(message, correlation).get(SEND_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new GyreException(
          ErrorKind.UNAVAILABLE,
          "bus.unavailable",
          "the runtime process could not be asked: " + e,
          "look at gyre status and the free disk space",
          List.of(),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new GyreException(
          ErrorKind.UNAVAILABLE, "http.unavailable", "the API is stopping", "try again");
    }
  }
}
