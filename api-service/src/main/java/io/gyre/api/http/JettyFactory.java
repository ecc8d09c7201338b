package io.gyre.api.http;

import io.dropwizard.core.server.ServerFactory;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.jetty.MutableServletContextHandler;
import io.gyre.api.door.Doorman;
import io.gyre.api.problem.JettyProblems;
import io.gyre.api.problem.Problem;
import io.gyre.api.tls.TlsDoor;
import io.gyre.component.ApiDoor;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * One selector, which accepts as well, and a virtual thread per request, so that a thousand clients
 * that wait cost no thousand stacks.
 */
final class JettyFactory implements ServerFactory {
  private final Timeouts timeouts;
  private final Supplier<ApiDoor> door;
  private final BodyLimits limits;
  private final OwnEnds own;
  private final @Nullable TlsDoor tls;
  private @Nullable Connections connections;

  JettyFactory(
      Timeouts timeouts,
      Supplier<ApiDoor> door,
      BodyLimits limits,
      OwnEnds own,
      @Nullable TlsDoor tls) {
    this.own = own;
    this.tls = tls;
    this.timeouts = timeouts;
    this.door = door;
    this.limits = limits;
  }

  /** Of the server that was built. They are no part of it: it starts before they do. */
  Connections connections() {
    return Objects.requireNonNull(connections);
  }

  @Override
  public void configure(Environment environment) {}

  @Override
  public Server build(Environment environment) {
    QueuedThreadPool threads = new QueuedThreadPool(8, 3, 30_000);
    threads.setName("http");
    threads.setReservedThreads(0);
    threads.setVirtualThreadsExecutor(
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("request-", 0).factory()));
    Server server = new Server(threads);
    server.setStopTimeout(0);
    JettyProblems problems =
        new JettyProblems(environment.getObjectMapper().writerFor(Problem.class));
    server.setErrorHandler(problems);

    MutableServletContextHandler context = environment.getApplicationContext();
    context.setContextPath("/");
    context.setErrorHandler(problems);
    context.addFilter(new FilterHolder(limits), "/*", EnumSet.of(DispatcherType.REQUEST));
    ServletHolder jersey = new ServletHolder("jersey", environment.getJerseyServletContainer());
    jersey.setAsyncSupported(true);
    jersey.setInitOrder(1);
    context.addServlet(jersey, "/*");
    Requests requests = new Requests(new CorrelationHandler(new Doorman(context, door)));
    server.setHandler(requests);
    connections =
        new Connections(
            server, http(), timeouts.head(), requests, () -> door.get().limits(), own, tls);
    connections.setIdleTimeout(timeouts.idle().toMillis());
    environment.lifecycle().attach(server);
    return server;
  }

  static HttpConfiguration http() {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendXPoweredBy(false);
    http.setSendDateHeader(false);
    http.setRequestHeaderSize(8192);
    // Kept by every open stream; what is larger is written as it is.
    http.setOutputBufferSize(4 << 10);
    return http;
  }
}
