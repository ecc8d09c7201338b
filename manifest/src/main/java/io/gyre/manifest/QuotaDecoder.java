package io.gyre.manifest;

import io.gyre.model.Quota;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code quota} of a namespace. */
final class QuotaDecoder {
  static final Keys KEYS =
      new Keys(
          Order.of("deployments", "instances", "memory", "cpu"),
          Order.of(),
          Map.of("replicas", "use instances", "pods", "use instances", "mem", "use memory"));

  private static final int MOST = 1_000_000;

  private QuotaDecoder() {}

  static Quota decode(@Nullable Value quota) {
    Fields fields = quota == null ? null : quota.fields(KEYS);
    if (fields == null) {
      return Quota.NONE;
    }
    Value memory = fields.get("memory");
    Value cpu = fields.get("cpu");
    return new Quota(
        count(fields.get("deployments")),
        count(fields.get("instances")),
        memory == null ? null : Quantities.memoryBytes(memory),
        cpu == null ? null : Quantities.cpuMillis(cpu));
  }

  private static @Nullable Long count(@Nullable Value value) {
    Integer number = value == null ? null : value.integer(0, MOST);
    return number == null ? null : (long) number;
  }
}
