package io.gyre.component;

import io.gyre.model.Component;
import java.time.Clock;

/**
 * What a component is launched with.
 *
 * @param live the configuration and its changes
 * @param epoch how often this component was started on this data root, from 1
 */
public record ComponentContext(
    Component component, Home home, LiveConfig live, long epoch, Clock clock, Readiness readiness) {

  /** With a configuration that never changes. */
  public ComponentContext(
      Component component,
      Home home,
      GyreConfig config,
      long epoch,
      Clock clock,
      Readiness readiness) {
    this(component, home, LiveConfig.fixed(config), epoch, clock, readiness);
  }

  /** The configuration as it is now; ask again rather than keep it. */
  public GyreConfig config() {
    return live.current();
  }
}
