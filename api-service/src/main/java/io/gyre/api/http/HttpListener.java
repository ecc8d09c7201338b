package io.gyre.api.http;

import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.health.HealthCheckRegistry;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dropwizard.core.Configuration;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.logging.common.LoggingFactory;
import io.gyre.api.problem.ProblemMapper;
import io.gyre.api.tls.TlsDoor;
import io.gyre.component.GyreConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.unixdomain.server.UnixDomainServerConnector;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Dropwizard without its command line, configuration file, log set-up and admin port. */
public final class HttpListener implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HttpListener.class);

  /** How long requests in flight may take when the API ends. */
  private static final Duration DRAIN = Duration.ofSeconds(5);

  /** Says of every client that leaves early, as an error, that it did. Kept: levels are weak. */
  private static final java.util.logging.Logger RESPONDER =
      java.util.logging.Logger.getLogger("org.glassfish.jersey.server.ServerRuntime$Responder");

  private final Server server;
  private final Connections connections;
  private final OwnEnds own;
  private final @Nullable TlsDoor tls;
  private @Nullable UnixDomainServerConnector local;

  private HttpListener(Server server, Connections connections, OwnEnds own, @Nullable TlsDoor tls) {
    this.server = server;
    this.connections = connections;
    this.own = own;
    this.tls = tls;
  }

  /**
   * Makes all that answers requests; {@link #accept} lets clients in.
   *
   * @param config asked anew for each request
   * @param own what this process connects to itself by
   * @param tls null: without
   * @param filters Jersey filters besides those of this package
   */
  public static HttpListener build(
      Supplier<GyreConfig.Api> config,
      Timeouts timeouts,
      OwnEnds own,
      @Nullable TlsDoor tls,
      ObjectMapper mapper,
      List<Object> resources,
      List<Object> filters)
      throws Exception {
    RESPONDER.setLevel(java.util.logging.Level.OFF);
    BodyLimits limits = new BodyLimits(() -> config.get().maxBodyBytes(), timeouts.body());
    List<Object> providers = new ArrayList<>(filters);
    providers.add(new BodyReader(mapper, limits));
    providers.add(new BodyWriter(mapper));
    providers.add(new ProblemMapper());
    ApiApplication application = new ApiApplication(resources, providers);
    Configuration configuration = new Configuration();
    configuration.setLoggingFactory(new NoLogging());
    JettyFactory factory = new JettyFactory(timeouts, () -> config.get().door(), limits, own, tls);
    configuration.setServerFactory(factory);
    Environment environment =
        new Environment(
            application.getName(),
            mapper,
            new NoValidation(),
            new MetricRegistry(),
            HttpListener.class.getClassLoader(),
            new HealthCheckRegistry(),
            configuration);
    application.run(configuration, environment);
    Server server = factory.build(environment);
    try {
      server.start();
    } catch (Exception e) {
      server.stop();
      throw e;
    }
    return new HttpListener(server, factory.connections(), own, tls);
  }

  /** What has the API answer itself, without blocking, and then runs what it was given. */
  public Consumer<Runnable> selfRequest(Listening listening) {
    return new SelfRequest(listening.address(), connections, own, tls)::send;
  }

  /** Serves who connects there. The socket stays the caller's, to be closed after this. */
  public void accept(Listening listening) throws Exception {
    connections.accept(listening.channel());
  }

  /**
   * Serves processes of this host at a Unix-domain socket besides, which this makes. Where that
   * can't be, it isn't.
   */
  public void acceptLocal(Path socket) {
    UnixDomainServerConnector connector =
        new UnixDomainServerConnector(server, 0, 1, new HttpConnectionFactory(JettyFactory.http()));
    connector.setUnixDomainPath(socket);
    connector.setIdleTimeout(connections.getIdleTimeout());
    try {
      // A predecessor that was killed leaves it; one that lives has the lock that we have.
      Files.deleteIfExists(socket);
      connector.start();
      Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
      local = connector;
    } catch (Exception e) {
      log.warn("there is no socket {} for this host: {}", socket, e.toString());
      stop(connector);
    }
  }

  private static void stop(UnixDomainServerConnector connector) {
    try {
      connector.stop();
      Path socket = connector.getUnixDomainPath();
      if (socket != null) {
        Files.deleteIfExists(socket);
      }
    } catch (Exception e) {
      log.warn("the socket of this host did not close cleanly: {}", e.toString());
    }
  }

  /**
   * Accepts nobody any more; every answer from now on asks its client to connect anew for the next
   * request.
   */
  public void stopAccepting() {
    if (connections.isRunning()) {
      connections.stopAccepting();
    }
    if (local != null) {
      local.setAccepting(false);
    }
  }

  /**
   * Lets requests in flight end, for some seconds at most; then ends every connection. Streams must
   * know that all ends.
   */
  @Override
  public void close() {
    try {
      if (connections.isRunning()) {
        stopAccepting();
        boolean _ =
            connections.drain(DRAIN, local == null ? List.of() : local.getConnectedEndPoints());
      }
      connections.stop();
      if (local != null) {
        stop(local);
      }
      server.stop();
    } catch (Exception e) {
      log.warn("the HTTP listener did not stop cleanly: {}", e.toString());
    }
  }

  private static final class NoLogging implements LoggingFactory {
    @Override
    public void configure(MetricRegistry metrics, String name) {}

    @Override
    public void stop() {}

    @Override
    public void reset() {}
  }
}
