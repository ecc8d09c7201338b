package io.gyre.supervisor;

import io.gyre.component.ComponentMain;
import io.gyre.model.Component;

/** The supervisor as a plain process. */
public final class SupervisorMain {
  private SupervisorMain() {}

  public static void main(String[] args) {
    ComponentMain.run(Component.SUPERVISOR, Supervisor::launch);
  }
}
