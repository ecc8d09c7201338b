package io.gyre.api.http;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.health.HealthCheckRegistry;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dropwizard.core.Configuration;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.logging.common.LoggingFactory;
import io.gyre.api.problem.ProblemMapper;
import io.gyre.component.GyreConfig;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.nio.channels.UnresolvedAddressException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Dropwizard without its command line, configuration file, log set-up and admin port. */
public final class HttpListener implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HttpListener.class);

  private static final long END_MS = 300;

  /** Says of every client that leaves early, as an error, that it did. Kept: levels are weak. */
  private static final java.util.logging.Logger RESPONDER =
      java.util.logging.Logger.getLogger("org.glassfish.jersey.server.ServerRuntime$Responder");

  private final Server server;
  private final String host;

  private HttpListener(Server server, String host) {
    this.server = server;
    this.host = host;
  }

  /**
   * Serves the resources; returns once it listens.
   *
   * @param filters Jersey filters besides those of this package
   * @throws GyreException {@code api.port_in_use} where something else listens there
   */
  public static HttpListener start(
      GyreConfig.Api config,
      Timeouts timeouts,
      ObjectMapper mapper,
      List<Object> resources,
      List<Object> filters)
      throws Exception {
    RESPONDER.setLevel(java.util.logging.Level.OFF);
    BodyLimits limits = new BodyLimits(config.maxBodyBytes());
    List<Object> providers = new ArrayList<>(filters);
    providers.add(new BodyReader(mapper, limits));
    providers.add(new BodyWriter(mapper));
    providers.add(new ProblemMapper());
    ApiApplication application = new ApiApplication(resources, providers);
    Configuration configuration = new Configuration();
    configuration.setLoggingFactory(new NoLogging());
    configuration.setServerFactory(
        new JettyFactory(config.address(), config.port(), timeouts.idle(), limits));
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
    Server server = configuration.getServerFactory().build(environment);
    try {
      server.start();
    } catch (Exception e) {
      server.stop();
      throw refused(config, e);
    }
    String host = config.address().contains(":") ? "[" + config.address() + "]" : config.address();
    return new HttpListener(server, host);
  }

  private static Exception refused(GyreConfig.Api config, Exception e) {
    for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage());
      if (cause instanceof BindException && text.contains("in use")) {
        return new GyreException(
            ErrorKind.CONFLICT,
            "api.port_in_use",
            "port " + config.port() + " of " + config.address() + " is in use",
            "stop what listens there, or set api.port in gyre.yaml",
            List.of(),
            e);
      }
      if (cause instanceof SocketException || cause instanceof UnresolvedAddressException) {
        return new GyreException(
            ErrorKind.INVALID,
            "api.address_unusable",
            "cannot listen on " + config.address() + " port " + config.port() + ": " + text,
            "set api.address and api.port in gyre.yaml",
            List.of(),
            e);
      }
      if (cause instanceof IOException && cause.getCause() == null) {
        break;
      }
    }
    return e;
  }

  /** As in {@code http://127.0.0.1:7070}. */
  public String address() {
    return "http://" + host + ":" + ((ServerConnector) server.getConnectors()[0]).getLocalPort();
  }

  /** Lets what is being answered end, for a moment; then ends every connection. */
  @Override
  public void close() {
    try {
      var _ = server.getDescendant(GracefulHandler.class).shutdown().get(END_MS, MILLISECONDS);
    } catch (TimeoutException e) {
      log.info("requests are cut off");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      log.warn("the HTTP listener did not stop cleanly: {}", e.toString());
    }
    try {
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
