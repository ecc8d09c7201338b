package io.gyre.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.gyre.api.admission.Admission;
import io.gyre.api.admission.NodeResource;
import io.gyre.api.apply.Applier;
import io.gyre.api.apply.ApplyResource;
import io.gyre.api.audit.AuditLog;
import io.gyre.api.audit.AuditResource;
import io.gyre.api.audit.TrailFilter;
import io.gyre.api.auth.AuthFilter;
import io.gyre.api.auth.Authenticator;
import io.gyre.api.auth.Authority;
import io.gyre.api.auth.BearerAuthenticator;
import io.gyre.api.auth.CertificateAuthenticator;
import io.gyre.api.auth.FirstToken;
import io.gyre.api.auth.LocalAuthenticator;
import io.gyre.api.backup.BackupResource;
import io.gyre.api.content.ConfigResource;
import io.gyre.api.content.Configs;
import io.gyre.api.content.ContentRollout;
import io.gyre.api.content.VolumeResource;
import io.gyre.api.content.Volumes;
import io.gyre.api.deployment.Announcer;
import io.gyre.api.deployment.DeploymentResource;
import io.gyre.api.deployment.Deployments;
import io.gyre.api.deployment.JobResource;
import io.gyre.api.deployment.Jobs;
import io.gyre.api.deployment.RolloutResource;
import io.gyre.api.deployment.Rollouts;
import io.gyre.api.door.Pace;
import io.gyre.api.event.EventResource;
import io.gyre.api.event.News;
import io.gyre.api.export.ExportResource;
import io.gyre.api.http.HttpListener;
import io.gyre.api.http.JsonText;
import io.gyre.api.http.Listening;
import io.gyre.api.http.OwnEnds;
import io.gyre.api.http.Slack;
import io.gyre.api.http.Streams;
import io.gyre.api.http.Timeouts;
import io.gyre.api.identity.LoginResource;
import io.gyre.api.identity.Logins;
import io.gyre.api.identity.Passwords;
import io.gyre.api.identity.Policies;
import io.gyre.api.identity.PolicyResource;
import io.gyre.api.identity.ServiceTokens;
import io.gyre.api.identity.TokenResource;
import io.gyre.api.identity.UserResource;
import io.gyre.api.identity.Users;
import io.gyre.api.instance.InstanceResource;
import io.gyre.api.metrics.MetricsResource;
import io.gyre.api.metrics.PrometheusResource;
import io.gyre.api.namespace.NamespaceResource;
import io.gyre.api.namespace.Namespaces;
import io.gyre.api.secret.KeyResource;
import io.gyre.api.secret.Seals;
import io.gyre.api.secret.SecretResource;
import io.gyre.api.secret.Secrets;
import io.gyre.api.status.Components;
import io.gyre.api.status.InventoryResource;
import io.gyre.api.status.PluginResource;
import io.gyre.api.status.StatusResource;
import io.gyre.api.stream.StreamResource;
import io.gyre.api.stream.StreamServer;
import io.gyre.api.tls.TlsDoor;
import io.gyre.api.webhook.Deliveries;
import io.gyre.api.webhook.Sender;
import io.gyre.api.webhook.WebhookResource;
import io.gyre.api.webhook.Webhooks;
import io.gyre.api.why.WhyResource;
import io.gyre.bus.Bus;
import io.gyre.bus.BusConfig;
import io.gyre.bus.BusStats;
import io.gyre.component.ApiDoor;
import io.gyre.component.ComponentContext;
import io.gyre.component.Home;
import io.gyre.component.HostCapacity;
import io.gyre.component.InheritedListener;
import io.gyre.component.ListenerOffer;
import io.gyre.messages.Envelope;
import io.gyre.messages.Message;
import io.gyre.messages.Message.DeploymentHalted;
import io.gyre.messages.Message.DeploymentRemoved;
import io.gyre.messages.Message.ReplicasDecided;
import io.gyre.messages.Message.RolledBack;
import io.gyre.messages.Message.StateChanged;
import io.gyre.model.Component;
import io.gyre.model.GyreException;
import io.gyre.store.Store;
import io.gyre.vault.KeySource;
import io.gyre.vault.Keys;
import java.io.IOException;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
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

  private static final List<String> WARM_UP = List.of("/v1/status", "/v1/instances");

  private static final int WARM_UP_MS = 5000;

  /** The load is another by now; the reconciler tells its newest decision again and again. */
  private static final Duration OLD_DECISION = Duration.ofMinutes(1);

  /** The first ends first: who comes in, then who watches, then who answers, then what they use. */
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  private final Listening listening;
  private boolean tls;
  private IntSupplier openStreams = () -> 0;

  private ApiServer(Listening listening) {
    this.listening = part(listening);
  }

  /**
   * Starts it, on the socket that systemd or the supervisor passed, or else where the configuration
   * says; it serves when this returns, and the context's readiness knows.
   */
  public static ApiServer launch(ComponentContext context) throws Exception {
    Optional<ServerSocketChannel> inherited = InheritedListener.take(System.getenv());
    Listening listening =
        inherited.isPresent()
            ? Listening.inherited(inherited.get())
            : Listening.bind(context.config().api());
    ApiServer api = launch(context, Timeouts.DEFAULT, listening);
    if (System.getenv("LISTEN_FDS") == null) {
      api.offer(context);
    }
    return api;
  }

  /** To a supervisor that comes later, so that the socket outlives this process then too. */
  private void offer(ComponentContext context) {
    try {
      part(ListenerOffer.open(context.home(), listening.channel(), context.config().api()));
    } catch (IOException e) {
      log.warn("a later supervisor can't take the listening socket over: {}", e.toString());
    }
  }

  /** Serves an empty data root for as long as some requests take. */
  static void warmUp(ComponentContext scratch) throws Exception {
    try (ApiServer api =
        launch(scratch, Timeouts.DEFAULT, Listening.bind(scratch.config().api()))) {
      String token = Files.readString(scratch.home().adminTokenFile()).strip();
      for (String path : WARM_UP) {
        try (Socket socket = new Socket()) {
          socket.connect(api.listening.channel().getLocalAddress());
          socket
              .getOutputStream()
              .write(
                  "GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n"
                      .formatted(path, token)
                      .getBytes(StandardCharsets.US_ASCII));
          socket.setSoTimeout(WARM_UP_MS);
          byte[] answer = socket.getInputStream().readAllBytes();
          log.debug("{}: {} bytes", path, answer.length);
        }
      }
    }
  }

  static ApiServer launch(ComponentContext context, Timeouts timeouts, Listening listening)
      throws Exception {
    ApiServer api = new ApiServer(listening);
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
    ScheduledThreadPoolExecutor later =
        new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("upkeep").factory());
    later.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    parts.addFirst(later::shutdown);
    AuditLog audit = part(AuditLog.open(store, clock, home.auditHead(), later));
    FirstToken.ensure(store, clock, home);
    Authority authority = new Authority(store, clock, later);
    Slack slack = new Slack(later);
    Passwords passwords = new Passwords(slack);
    Logins logins = new Logins(store, authority, passwords, clock);
    Supplier<ApiDoor.Limits> limits = () -> context.config().api().door().limits();
    StreamServer sockets = part(new StreamServer(home.sockets(), announcer, timeouts.host()));
    Streams streams = part(new Streams(timeouts.heartbeat(), () -> limits.get().streams(), slack));
    openStreams = streams::open;
    News news = new News(() -> store.read().lastEventSeq());
    Supplier<HostCapacity> host = () -> HostCapacity.read(context.config().admission());
    Admission admission = new Admission(() -> host.get().allocatable());
    Deployments deployments = new Deployments(store, announcer, clock, admission);
    Rollouts rollouts = new Rollouts(deployments);
    Namespaces namespaces = new Namespaces(store, announcer, clock);
    Seals seals =
        new Seals(
            new Keys(
                () -> KeySource.of(context.config().secrets().kek()),
                home.keys(),
                System.getenv(),
                true));
    ObjectMapper mapper = JsonText.mapper();
    Sender sender = new Sender(store, seals, mapper, () -> context.config().api().door(), clock);
    Deliveries deliveries = part(new Deliveries(store, news, sender, clock));
    Components components = new Components(home);
    Supplier<Duration> metricsInterval = () -> context.config().runtime().metricsInterval();
    AtomicReference<@Nullable Duration> lag = new AtomicReference<>();
    List<Object> resources =
        List.of(
            new StatusResource(store, components, () -> KeyResource.state(store, seals)),
            new InventoryResource(store, clock),
            new ConfigResource(store, new Configs(store, announcer, clock)),
            new VolumeResource(store, new Volumes(store, announcer, clock)),
            new NamespaceResource(namespaces),
            new PluginResource(store, announcer, clock),
            new ApplyResource(
                new Applier(
                    store,
                    announcer,
                    clock,
                    home.plugins(),
                    admission,
                    () -> context.config().runtime().settings(),
                    seals)),
            new NodeResource(store, host),
            new SecretResource(store, new Secrets(store, seals, announcer, clock)),
            new KeyResource(store, seals, clock),
            new WebhookResource(store, new Webhooks(store, seals, sender, deliveries, clock)),
            new DeploymentResource(store, deployments),
            new RolloutResource(store, rollouts),
            new JobResource(store, new Jobs(deployments)),
            new InstanceResource(store),
            new EventResource(store, news, streams, mapper),
            new StreamResource(store, sockets, news, streams, audit, mapper, clock),
            new AuditResource(store, audit, streams, mapper, clock),
            new WhyResource(store),
            new LoginResource(store, logins),
            new UserResource(store, new Users(store, authority, passwords, logins, clock), clock),
            new PolicyResource(store, new Policies(store, authority, clock)),
            new TokenResource(new ServiceTokens(store, authority, home, clock)),
            new ExportResource(store),
            new BackupResource(home, store, streams, clock),
            new MetricsResource(store, metricsInterval, clock),
            new PrometheusResource(
                store,
                components,
                StatusResource.version(),
                metricsInterval,
                clock,
                new Self(bus, lag)));
    OwnEnds own = new OwnEnds();
    Pace pace = new Pace(limits, own);
    ApiDoor.Tls wanted = context.config().api().door().tls();
    TlsDoor certificate = wanted == null ? null : TlsDoor.open(wanted, home, clock, own);
    tls = wanted != null;
    warnIfOpen();
    HttpListener listener =
        part(
            HttpListener.build(
                () -> context.config().api(),
                timeouts,
                own,
                certificate,
                mapper,
                resources,
                List.of(
                    new TrailFilter(audit),
                    pace.new OfStrangers(),
                    new AuthFilter(
                        authority,
                        authenticators(authority, wanted),
                        id -> InstanceResource.namespace(store, id),
                        resources),
                    pace.new OfIdentities())));
    parts.addFirst(sockets::endSessions);
    parts.addFirst(news);
    parts.addFirst(audit::endStreams);
    parts.addFirst(listener::stopAccepting);
    later.execute(() -> quietly("announcing changes", deployments::announceUnseen));
    later.execute(() -> quietly("removing leftovers", deployments::removeLeftovers));
    later.execute(
        () ->
            quietly(
                "announcing configs",
                () -> ContentRollout.announceUnseen(store.read(), announcer)));
    later.execute(
        () -> quietly("removing volumes", () -> Volumes.announceUnseen(store, announcer)));
    later.execute(() -> quietly("deleting namespaces", namespaces::advance));
    later.execute(() -> quietly("starting webhooks", deliveries::start));
    var _ =
        later.scheduleWithFixedDelay(
            () -> quietly("sweeping the log of changes", deployments::sweepChanges),
            1,
            60,
            TimeUnit.MINUTES);
    var _ =
        later.scheduleWithFixedDelay(
            () -> quietly("sealing the audit log", () -> sweep(audit, context)),
            2,
            60,
            TimeUnit.MINUTES);
    bus.start(
        (envelope, message) -> {
          lag.set(Duration.between(envelope.sentAt(), clock.instant()));
          hear(envelope, message, news, deployments, rollouts, namespaces, later, clock);
        });
    listener.accept(listening);
    listener.acceptLocal(home.apiSocket());
    context.readiness().watch("http", listener.selfRequest(listening));
    context.readiness().watch("bus", bus::execute);
    context
        .readiness()
        .watch("database", beat -> Thread.startVirtualThread(() -> read(store, beat)));
  }

  private static List<Authenticator> authenticators(
      Authority authority, ApiDoor.@Nullable Tls tls) {
    Authenticator bearer = new BearerAuthenticator(authority);
    Authenticator local = new LocalAuthenticator();
    return tls == null
        ? List.of(bearer, local)
        : List.of(bearer, local, new CertificateAuthenticator(authority, tls.clientNames()));
  }

  private void warnIfOpen() {
    if (!tls && !listening.address().getAddress().isLoopbackAddress()) {
      log.warn(
          "the API listens on {} without TLS: tokens and passwords go over the network in clear;"
              + " set api.tls in gyre.yaml",
          listening.url(false));
    }
  }

  private static void sweep(AuditLog audit, ComponentContext context) {
    ApiDoor.Audit bounds = context.config().api().door().audit();
    audit.sweep(bounds.keep(), bounds.keepFor());
  }

  private record Self(Bus opened, AtomicReference<@Nullable Duration> lag)
      implements PrometheusResource.Self {
    @Override
    public BusStats bus() {
      return opened.stats();
    }

    @Override
    public double busLagSeconds() {
      Duration last = lag.get();
      return last == null ? -1 : Math.max(0, last.toNanos() / 1e9);
    }
  }

  private static void hear(
      Envelope envelope,
      Message message,
      News news,
      Deployments deployments,
      Rollouts rollouts,
      Namespaces namespaces,
      ExecutorService later,
      Clock clock) {
    if (message instanceof StateChanged changed) {
      news.ring(changed.lastEventSeq());
      if (namespaces.pending()) {
        later.execute(() -> quietly("deleting namespaces", namespaces::advance));
      }
    } else if (message instanceof DeploymentRemoved gone) {
      later.execute(
          () ->
              quietly(
                  "forgetting " + gone.deployment(),
                  () -> {
                    deployments.removed(gone.deployment(), gone.uid(), gone.generation());
                    namespaces.advance();
                  }));
    } else if (message instanceof DeploymentHalted halted) {
      later.execute(
          () ->
              quietly(
                  "stopping " + halted.deployment(),
                  () ->
                      deployments.halted(
                          halted.deployment(),
                          halted.uid(),
                          halted.generation(),
                          halted.reason(),
                          envelope.correlation())));
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
    } else if (message instanceof ReplicasDecided decided
        && envelope.sentAt().isAfter(clock.instant().minus(OLD_DECISION))) {
      later.execute(
          () ->
              quietly(
                  "scaling " + decided.deployment(),
                  () ->
                      deployments.scaledByLoad(
                          decided.deployment(),
                          decided.uid(),
                          decided.generation(),
                          decided.replicas(),
                          decided.reason(),
                          envelope.correlation())));
    }
  }

  /** A database that says no is alive; starting again would not make it say yes. */
  private static void read(Store store, Runnable beat) {
    try {
      long _ = store.read().lastEventSeq();
    } catch (GyreException e) {
      log.warn("the database: {}", e.getMessage());
    }
    beat.run();
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
    return listening.url(tls);
  }

  int streams() {
    return openStreams.getAsInt();
  }

  private <T extends AutoCloseable> T part(T part) {
    parts.addFirst(part);
    return part;
  }

  /**
   * Within a second, unless requests in flight take longer: those get five. What was answered
   * stays; open streams end at once.
   */
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
