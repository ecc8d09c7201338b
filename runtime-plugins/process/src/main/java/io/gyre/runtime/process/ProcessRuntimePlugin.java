package io.gyre.runtime.process;

import io.gyre.runtime.spi.Capability;
import io.gyre.runtime.spi.RuntimeContext;
import io.gyre.runtime.spi.RuntimeDescription;
import io.gyre.runtime.spi.RuntimeFailure;
import io.gyre.runtime.spi.RuntimePlugin;
import io.gyre.runtime.spi.WorkloadRuntime;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The runtime {@code process}.
 *
 * <p>Settings: {@code port_range}, from which each instance gets its own port (20000-29999); {@code
 * systemd}, whether each keeper gets a unit of its own: {@code auto} (where that works), {@code
 * on}, {@code off}.
 */
public final class ProcessRuntimePlugin implements RuntimePlugin {
  private static final String PORT_RANGE = "port_range";
  private static final String SYSTEMD = "systemd";
  private static final Set<String> SETTINGS = new TreeSet<>(Set.of(PORT_RANGE, SYSTEMD));

  private final Supplier<Cgroups> cgroups;
  private final UnaryOperator<Machine> machine;
  private final LogFiles.Bounds bounds;

  public ProcessRuntimePlugin() {
    this(Cgroups::probe, UnaryOperator.identity(), LogFiles.Bounds.DEFAULT);
  }

  /**
   * @param machine changes what is found of the machine
   */
  ProcessRuntimePlugin(
      Supplier<Cgroups> cgroups, UnaryOperator<Machine> machine, LogFiles.Bounds bounds) {
    this.cgroups = cgroups;
    this.machine = machine;
    this.bounds = bounds;
  }

  /** Makes and deletes an empty cgroup to learn which limits can be announced; that can't block. */
  @Override
  public RuntimeDescription describe() {
    Set<Capability> capabilities =
        EnumSet.of(
            Capability.PROCESS,
            Capability.SELF_RESTART,
            Capability.LOGS,
            Capability.EXEC,
            Capability.PORT_ALLOCATION,
            Capability.USER,
            Capability.BIND_MOUNTS,
            Capability.VOLUMES,
            Capability.FILE_MOUNTS,
            Capability.HOST_FILES,
            Capability.SIGNAL,
            Capability.STATS,
            Capability.SECRETS,
            Capability.SECRET_REFRESH);
    Cgroups found = cgroups.get();
    Set<String> controllers = UnitSearch.likelyControllers();
    if (found.cpu() != null || controllers.contains("cpu")) {
      capabilities.add(Capability.CPU_LIMIT);
    }
    if (found.memory() != null || controllers.contains("memory")) {
      capabilities.add(Capability.MEMORY_LIMIT);
    }
    String version = ProcessRuntimePlugin.class.getPackage().getImplementationVersion();
    return new RuntimeDescription(
        "process", Objects.requireNonNullElse(version, "development"), capabilities);
  }

  @Override
  public WorkloadRuntime open(RuntimeContext context) throws RuntimeFailure {
    Map<String, String> settings = context.settings();
    Set<String> unknown = new TreeSet<>(settings.keySet());
    unknown.removeAll(SETTINGS);
    if (!unknown.isEmpty()) {
      throw new RuntimeFailure(
          RuntimeFailure.Kind.INVALID,
          "setting_unknown",
          "The process runtime has no setting " + unknown + ".",
          "It knows " + SETTINGS + ".");
    }
    Machine found = Machine.inspect(cgroups.get());
    Optional<Units> units = UnitSearch.find(settings.getOrDefault(SYSTEMD, "auto"), found.uid());
    return ProcessWorkloadRuntime.open(
        context,
        machine.apply(found.withUnits(units.orElse(null))),
        settings.getOrDefault(PORT_RANGE, "20000-29999"),
        bounds);
  }
}
