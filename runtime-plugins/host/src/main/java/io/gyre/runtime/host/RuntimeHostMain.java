package io.gyre.runtime.host;

import io.gyre.bus.Bus;
import io.gyre.bus.BusConfig;
import io.gyre.component.ComponentContext;
import io.gyre.component.ComponentMain;
import io.gyre.model.Component;
import io.gyre.store.Store;
import java.util.Set;

/** The runtime process. */
public final class RuntimeHostMain {
  private RuntimeHostMain() {}

  public static void main(String[] arguments) {
    ComponentMain.run(
        Component.RUNTIME,
        new ComponentMain.Launcher() {
          @Override
          public AutoCloseable launch(ComponentContext context) {
            return RuntimeHost.launch(context);
          }

          @Override
          public void warmUp(ComponentContext scratch) {
            RuntimeHostMain.warmUp(scratch);
          }
        });
  }

  /** Not the plugins: they would act on the machine. */
  private static void warmUp(ComponentContext scratch) {
    // The API makes the database.
    Store.open(scratch.home().database(), Component.API, scratch.clock()).close();
    try (Store store = Store.open(scratch.home().database(), Component.RUNTIME, scratch.clock());
        Bus bus =
            Bus.open(
                BusConfig.of(
                    scratch.home().bus(),
                    scratch.home().sockets(),
                    Component.RUNTIME,
                    scratch.epoch(),
                    Set.of(Component.API, Component.RECONCILER)))) {
      bus.start((envelope, message) -> {});
      var _ = store.read().lastEventSeq();
    }
  }
}
