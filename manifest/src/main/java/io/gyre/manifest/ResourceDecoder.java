package io.gyre.manifest;

import io.gyre.model.Resources;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code resources}. */
final class ResourceDecoder {
  static final Keys KEYS = Keys.of(Order.of("limits", "requests"));
  static final Keys AMOUNTS =
      new Keys(
          Order.of("cpu", "memory"),
          Order.of("gpu", "pids", "disk"),
          Map.of("cpus", "use cpu", "mem", "use memory"));

  private ResourceDecoder() {}

  private record Amounts(@Nullable Long cpuMillis, @Nullable Long memoryBytes) {
    static final Amounts NONE = new Amounts(null, null);
  }

  static Resources decode(@Nullable Value resources, Target target) {
    Fields fields = resources == null ? null : resources.fields(KEYS);
    if (fields == null) {
      return Resources.NONE;
    }
    Value limits = fields.get("limits");
    Value requests = fields.get("requests");
    Amounts most = limits == null ? Amounts.NONE : amounts(limits, target, true);
    Amounts least = requests == null ? Amounts.NONE : amounts(requests, target, false);
    if (requests != null
        && most.memoryBytes() != null
        && least.memoryBytes() != null
        && least.memoryBytes() > most.memoryBytes()) {
      requests.problem("memory.above_limit", "requests.memory is more than limits.memory");
    }
    return new Resources(
        most.cpuMillis(), most.memoryBytes(), least.cpuMillis(), least.memoryBytes());
  }

  private static Amounts amounts(Value block, Target target, boolean limit) {
    Fields fields = block.fields(AMOUNTS);
    if (fields == null) {
      return Amounts.NONE;
    }
    Value cpu = fields.get("cpu");
    Value memory = fields.get("memory");
    if (limit && cpu != null) {
      target.need("CPU_LIMIT", cpu, "a CPU limit");
    }
    if (limit && memory != null) {
      target.need("MEMORY_LIMIT", memory, "a memory limit");
    }
    return new Amounts(
        cpu == null ? null : Quantities.cpuMillis(cpu),
        memory == null ? null : Quantities.memoryBytes(memory));
  }
}
