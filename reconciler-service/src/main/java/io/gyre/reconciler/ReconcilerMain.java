package io.gyre.reconciler;

import io.gyre.bus.Bus;
import io.gyre.bus.BusConfig;
import io.gyre.component.ComponentContext;
import io.gyre.component.ComponentMain;
import io.gyre.component.HostCapacity;
import io.gyre.model.Component;
import io.gyre.store.Store;
import java.util.Set;

/** The reconciler's process. */
public final class ReconcilerMain {
  private ReconcilerMain() {}

  public static void main(String[] args) {
    ComponentMain.run(
        Component.RECONCILER,
        new ComponentMain.Launcher() {
          @Override
          public AutoCloseable launch(ComponentContext context) {
            return ReconcilerMain.launch(context);
          }

          @Override
          public void warmUp(ComponentContext scratch) throws Exception {
            // The API makes the database.
            Store.open(scratch.home().database(), Component.API, scratch.clock()).close();
            ReconcilerMain.launch(scratch).close();
          }
        });
  }

  /** Starts reconciling on the context's data root; closing stops it without touching workloads. */
  public static AutoCloseable launch(ComponentContext context) {
    Store store = Store.open(context.home().database(), Component.RECONCILER, context.clock());
    Bus bus =
        Bus.open(
            BusConfig.of(
                context.home().bus(),
                context.home().sockets(),
                Component.RECONCILER,
                context.epoch(),
                Set.of(Component.API, Component.RUNTIME, Component.SUPERVISOR)));
    Reconciler reconciler =
        new Reconciler(
            store,
            bus,
            context.home().sockets(),
            context.clock(),
            () -> context.config().reconciler(),
            () -> context.config().runtime().metricsInterval(),
            () -> HostCapacity.read(context.config().admission()).allocatable());
    reconciler.start();
    context.readiness().watch("bus", bus::execute);
    context.readiness().watch("timer", reconciler::onTimer);
    context.live().onReading(reconciler::configurationRead);
    context.readiness().ready("");
    return () -> {
      reconciler.close();
      bus.close();
      store.close();
    };
  }
}
