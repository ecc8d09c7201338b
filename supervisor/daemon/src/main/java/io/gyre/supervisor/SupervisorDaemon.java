package io.gyre.supervisor;

import io.gyre.component.ComponentMain;
import io.gyre.model.Component;
import org.apache.commons.daemon.Daemon;
import org.apache.commons.daemon.DaemonContext;
import org.jspecify.annotations.Nullable;

/**
 * The supervisor for jsvc and other runners of Apache Commons Daemon; one start and one stop in a
 * process. It makes the API's listening socket the standard input of the process.
 */
public final class SupervisorDaemon implements Daemon {
  private @Nullable AutoCloseable running;

  @Override
  public void init(DaemonContext context) {}

  @Override
  public void start() throws Exception {
    running = ComponentMain.open(Component.SUPERVISOR, System.getenv(), Supervisor::launch);
  }

  @Override
  public void stop() throws Exception {
    if (running != null) {
      running.close();
    }
  }

  @Override
  public void destroy() {}
}
