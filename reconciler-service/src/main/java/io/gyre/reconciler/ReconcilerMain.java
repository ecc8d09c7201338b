package io.gyre.reconciler;

import io.gyre.bus.Bus;
import io.gyre.bus.BusConfig;
import io.gyre.component.ComponentContext;
import io.gyre.component.ComponentMain;
import io.gyre.model.Component;
import io.gyre.store.Store;
import java.util.Set;

/** The reconciler's process. */
public final class ReconcilerMain {
  private ReconcilerMain() {}

  public static void main(String[] args) {
    ComponentMain.run(Component.RECONCILER, ReconcilerMain::launch);
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
            context.config().reconciler().resync(),
            context.config().reconciler().keepEvents());
    reconciler.start();
    context.readiness().ready("");
    return () -> {
      reconciler.close();
      bus.close();
      store.close();
    };
  }
}
