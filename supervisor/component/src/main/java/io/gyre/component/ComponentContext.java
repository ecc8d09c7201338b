package io.gyre.component;

import io.gyre.model.Component;
import java.time.Clock;

/**
 * What a component is launched with.
 *
 * @param epoch how often this component was started on this data root, from 1
 */
public record ComponentContext(
    Component component,
    Home home,
    GyreConfig config,
    long epoch,
    Clock clock,
    Readiness readiness) {}
