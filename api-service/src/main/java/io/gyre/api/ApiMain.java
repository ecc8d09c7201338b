package io.gyre.api;

import io.gyre.component.ComponentContext;
import io.gyre.component.ComponentMain;
import io.gyre.model.Component;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** The API process. */
public final class ApiMain {
  private ApiMain() {}

  public static void main(String[] args) {
    // A look-up in SQLite holds its carrier thread: one per core would be one too few on small
    // hosts.
    System.setProperty(
        "jdk.virtualThreadScheduler.parallelism",
        System.getProperty("jdk.virtualThreadScheduler.parallelism", "4"));
    // Jersey logs by java.util.logging.
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    ComponentMain.run(
        Component.API,
        new ComponentMain.Launcher() {
          @Override
          public AutoCloseable launch(ComponentContext context) throws Exception {
            return ApiServer.launch(context);
          }

          @Override
          public void warmUp(ComponentContext scratch) throws Exception {
            ApiServer.warmUp(scratch);
          }
        });
  }
}
