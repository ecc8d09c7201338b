package io.gyre.chaos;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** All faults that can be made here. */
final class Catalogue {
  private Catalogue() {}

  static List<Fault> of(Scene scene, Options options) {
    List<Fault> all = new ArrayList<>();
    all.addAll(ComponentFaults.of(scene));
    all.addAll(WorkloadFaults.of(scene));
    all.addAll(EngineFaults.of(scene));
    all.addAll(StorageFaults.of(scene));
    PluginFaults plugins = new PluginFaults(scene);
    all.addAll(plugins.all());
    all.addAll(FailpointFaults.of(scene, plugins));
    if (scene.clockMoves()) {
      all.addAll(ClockFaults.of(scene));
    }
    List<Fault> chosen = all.stream().filter(fault -> options.chooses(fault.name())).toList();
    if (chosen.isEmpty()) {
      throw new Options.UsageException(
          "no fault is called "
              + String.join(", ", options.faults())
              + "; there are "
              + String.join(", ", all.stream().map(Fault::name).toList()));
    }
    return chosen;
  }

  /** Each as often as it is to be met: what ends everything takes long and comes seldom. */
  static List<Fault> weighted(List<Fault> faults) {
    List<Fault> weighted = new ArrayList<>();
    for (Fault fault : faults) {
      boolean slow = fault.touches().contains(Fault.ALL) || fault.touches().contains("engine");
      boolean quick = fault.touches().isEmpty() || fault.name().startsWith("failpoint");
      weighted.addAll(Collections.nCopies(slow ? 1 : quick ? 8 : 3, fault));
    }
    return weighted;
  }
}
