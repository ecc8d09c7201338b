package io.gyre.api.http;

import io.dropwizard.core.server.ServerFactory;
import io.dropwizard.core.setup.Environment;
import io.dropwizard.jetty.MutableServletContextHandler;
import io.gyre.api.problem.JettyProblems;
import io.gyre.api.problem.Problem;
import jakarta.servlet.DispatcherType;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.Executors;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * One connector, one acceptor, one selector, and a virtual thread per request, so that a thousand
 * clients that wait cost no thousand stacks.
 */
final class JettyFactory implements ServerFactory {
  private final String address;
  private final int port;
  private final Duration idle;
  private final BodyLimits limits;

  JettyFactory(String address, int port, Duration idle, BodyLimits limits) {
    this.address = address;
    this.port = port;
    this.idle = idle;
    this.limits = limits;
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
    server.addConnector(connector(server));

    MutableServletContextHandler context = environment.getApplicationContext();
    context.setContextPath("/");
    context.setErrorHandler(problems);
    context.addFilter(new FilterHolder(limits), "/*", EnumSet.of(DispatcherType.REQUEST));
    ServletHolder jersey = new ServletHolder("jersey", environment.getJerseyServletContainer());
    jersey.setAsyncSupported(true);
    jersey.setInitOrder(1);
    context.addServlet(jersey, "/*");
    server.setHandler(new GracefulHandler(new CorrelationHandler(context)));
    environment.lifecycle().attach(server);
    return server;
  }

  private ServerConnector connector(Server server) {
    HttpConfiguration http = new HttpConfiguration();
    http.setSendServerVersion(false);
    http.setSendXPoweredBy(false);
    http.setSendDateHeader(false);
    http.setRequestHeaderSize(8192);
    // Kept by every open stream; what is larger is written as it is.
    http.setOutputBufferSize(4 << 10);
    ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setHost(address);
    connector.setPort(port);
    connector.setIdleTimeout(idle.toMillis());
    connector.setAcceptQueueSize(1024);
    return connector;
  }
}
