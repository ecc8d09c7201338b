package io.gyre.runtime.host;

import io.gyre.component.ComponentMain;
import io.gyre.model.Component;

/** The runtime process. */
public final class RuntimeHostMain {
  private RuntimeHostMain() {}

  public static void main(String[] arguments) {
    ComponentMain.run(Component.RUNTIME, RuntimeHost::launch);
  }
}
