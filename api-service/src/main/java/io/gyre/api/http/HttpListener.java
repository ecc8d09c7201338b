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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.eclipse.jetty.server.Server;
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

  private HttpListener(Server server, Connections connections) {
    this.server = server;
    this.connections = connections;
  }

  /**
   * Makes all that answers requests; {@link #accept} lets clients in.
   *
   * @param config asked anew for each request
   * @param tls null: without
   * @param filters Jersey filters besides those of this package
   */
  public static HttpListener build(
      Supplier<GyreConfig.Api> config,
      Timeouts timeouts,
      @Nullable TlsDoor tls,
      ObjectMapper mapper,
      List<Object> resources,
      List<Object> filters)
      throws Exception {
    RESPONDER.setLevel(java.util.logging.Level.OFF);
    BodyLimits limits = new BodyLimits(() -> config.get().maxBodyBytes());
    List<Object> providers = new ArrayList<>(filters);
    providers.add(new BodyReader(mapper, limits));
    providers.add(new BodyWriter(mapper));
    providers.add(new ProblemMapper());
    ApiApplication application = new ApiApplication(resources, providers);
    Configuration configuration = new Configuration();
    configuration.setLoggingFactory(new NoLogging());
    JettyFactory factory = new JettyFactory(timeouts, () -> config.get().door(), limits, tls);
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
    return new HttpListener(server, factory.connections());
  }

  /** Serves who connects there. The socket stays the caller's, to be closed after this. */
  public void accept(Listening listening) throws Exception {
    connections.accept(listening.channel());
  }

  /**
   * Accepts nobody any more; every answer from now on asks its client to connect anew for the next
   * request.
   */
  public void stopAccepting() {
    if (connections.isRunning()) {
      connections.stopAccepting();
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
        connections.stopAccepting();
        boolean _ = connections.drain(DRAIN);
      }
      connections.stop();
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
