package io.gyre.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gyre.api.apply.Applier;
import io.gyre.api.apply.ApplyResource;
import io.gyre.api.auth.AuthFilter;
import io.gyre.api.auth.Tokens;
import io.gyre.api.deployment.Announcer;
import io.gyre.api.deployment.DeploymentResource;
import io.gyre.api.deployment.Deployments;
import io.gyre.api.deployment.RolloutResource;
import io.gyre.api.deployment.Rollouts;
import io.gyre.api.event.EventResource;
import io.gyre.api.event.News;
import io.gyre.api.http.HttpListener;
import io.gyre.api.http.JsonText;
import io.gyre.api.http.Streams;
import io.gyre.api.http.Timeouts;
import io.gyre.api.instance.InstanceResource;
import io.gyre.api.status.InventoryResource;
import io.gyre.api.status.StatusResource;
import io.gyre.api.stream.StreamResource;
import io.gyre.api.stream.StreamServer;
import io.gyre.api.why.WhyResource;
import io.gyre.bus.Bus;
import io.gyre.bus.BusConfig;
import io.gyre.component.ComponentContext;
import io.gyre.component.Home;
import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import io.gyre.messages.Message.DeploymentRemoved;
import io.gyre.messages.Message.RolledBack;
import io.gyre.messages.Message.StateChanged;
import io.gyre.model.Component;
import io.gyre.store.Store;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The API's parts and how they hang together. It needs no other process: it makes the database
 * where there is none, and what it says on the bus is read whenever somebody reads.
 *
 * <pre>
 *  HTTP ─▶ resources ─▶ store ─▶ announcer ─▶ bus         a change is answered once it is stored
 *  bus  ─▶ news ─▶ watchers of events and logs            StateChanged
 *      └─▶ deployments.removed                            DeploymentRemoved
 * </pre>
 */
public final class ApiServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ApiServer.class);

  /** The first ends first: who reads, then who answers, then what they use. */
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  private @Nullable HttpListener listener;
  private IntSupplier openStreams = () -> 0;

  private ApiServer() {}

  /** Starts it; it listens when this returns, and the context's readiness knows. */
  public static ApiServer launch(ComponentContext context) throws Exception {
    return launch(context, Timeouts.DEFAULT);
  }

  static ApiServer launch(ComponentContext context, Timeouts timeouts) throws Exception {
    ApiServer api = new ApiServer();
    try {
      api.start(context, timeouts);
    } catch (Exception e) {
      api.close();
      throw e;
    }
    context.readiness().ready(api.address());
    return api;
  }

  private void start(ComponentContext context, Timeouts timeouts) throws Exception {
    Home home = context.home();
    Clock clock = context.clock();
    Store store = part(Store.open(home.database(), Component.API, clock));
    Tokens tokens = new Tokens(store, clock);
    tokens.ensureAdmin(home);
    Bus bus =
        part(
            Bus.open(
                BusConfig.of(
                    home.bus(),
                    home.sockets(),
                    Component.API,
                    context.epoch(),
                    Set.of(Component.RECONCILER))));
    Announcer announcer =
        part(new Announcer((message, correlation) -> bus.publish(message, correlation, "")));
    ScheduledExecutorService later =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("upkeep").factory());
    parts.addFirst(later::shutdown);
    parts.addFirst(this::closeListener);
    Streams streams = part(new Streams(timeouts.heartbeat()));
    openStreams = streams::open;
    StreamServer sockets = part(new StreamServer(home.sockets(), announcer, timeouts.host()));
    News news = part(new News(() -> store.read().lastEventSeq()));
    Deployments deployments = new Deployments(store, announcer, clock);
    Rollouts rollouts = new Rollouts(deployments);
    ObjectMapper mapper = JsonText.mapper();
    List<Object> resources =
        List.of(
            new StatusResource(store, home),
            new InventoryResource(store, clock),
            new ApplyResource(new Applier(store, announcer, clock)),
            new DeploymentResource(store, deployments),
            new RolloutResource(store, rollouts),
            new InstanceResource(store),
            new EventResource(store, news, streams, mapper),
            new StreamResource(store, sockets, news, streams, mapper, clock),
            new WhyResource(store));
    listener =
        HttpListener.start(
            context.config().api(),
            timeouts,
            mapper,
            resources,
            List.of(new AuthFilter(tokens, resources)));
    later.execute(() -> quietly("removing leftovers", deployments::removeLeftovers));
    var _ =
        later.scheduleWithFixedDelay(
            () -> quietly("sweeping the log of changes", deployments::sweepChanges),
            1,
            60,
            TimeUnit.MINUTES);
    bus.start((envelope, message) -> hear(envelope, message, news, deployments, rollouts, later));
  }

  private void closeListener() {
    if (listener != null) {
      listener.close();
    }
  }

  private static void hear(
      Envelope envelope,
      Message message,
      News news,
      Deployments deployments,
      Rollouts rollouts,
      ExecutorService later) {
    if (message instanceof StateChanged changed) {
      news.ring(changed.lastEventSeq());
    } else if (message instanceof DeploymentRemoved gone) {
      later.execute(
          () ->
              quietly(
                  "forgetting " + gone.deployment(),
                  () -> deployments.removed(gone.deployment(), gone.uid(), gone.generation())));
    } else if (message instanceof RolledBack back) {
      later.execute(
          () ->
              quietly(
                  "going back with " + back.deployment(),
                  () ->
                      rollouts.rolledBack(
                          back.deployment(),
                          back.uid(),
                          back.failed(),
                          back.healthy(),
                          back.reason(),
                          envelope.correlation())));
    }
  }

  private static void quietly(String what, Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      log.warn("{} failed; the next start makes up for it: {}", what, e.toString());
    }
  }

  /** As in {@code http://127.0.0.1:7070}. */
  public String address() {
    return Objects.requireNonNull(listener).address();
  }

  int streams() {
    return openStreams.getAsInt();
  }

  private <T extends AutoCloseable> T part(T part) {
    parts.addFirst(part);
    return part;
  }

  /** Within a second. What was answered stays; open streams end. */
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.removeFirst().close();
      } catch (Exception e) {
        log.warn("did not close cleanly: {}", e.toString());
      }
    }
  }
}
