package io.gyre.api.apply;

import io.gyre.model.Amounts;
import io.gyre.model.Quota;
import io.gyre.model.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.StringJoiner;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** What a change of a quota means. */
final class QuotaChanges {
  private QuotaChanges() {}

  /** Null where nothing differs. */
  static @Nullable List<ChangeView.Field> fields(Quota before, Quota after) {
    List<ChangeView.Field> fields = new ArrayList<>();
    field(fields, "deployments", before.deployments(), after.deployments(), Long::toString);
    field(fields, "instances", before.instances(), after.instances(), Long::toString);
    field(fields, "memory", before.memoryBytes(), after.memoryBytes(), Amounts::memory);
    field(fields, "cpu", before.cpuMillis(), after.cpuMillis(), Amounts::cpu);
    return fields.isEmpty() ? null : fields;
  }

  private static void field(
      List<ChangeView.Field> fields,
      String name,
      @Nullable Long before,
      @Nullable Long after,
      LongFunction<String> text) {
    if (!Objects.equals(before, after)) {
      fields.add(
          new ChangeView.Field(
              "quota." + name,
              before == null ? null : text.apply(before),
              after == null ? null : text.apply(after)));
    }
  }

  /** Where more is in use than it allows, in words; null: it isn't. */
  static @Nullable String exceeded(Quota quota, Usage usage) {
    StringJoiner over = new StringJoiner(", ");
    over(over, "deployments", usage.deployments(), quota.deployments(), Long::toString);
    over(over, "instances", usage.instances(), quota.instances(), Long::toString);
    over(over, "memory", usage.demand().memoryBytes(), quota.memoryBytes(), Amounts::memory);
    over(over, "cpu", usage.demand().cpuMillis(), quota.cpuMillis(), Amounts::cpu);
    return over.length() == 0
        ? null
        : "more is in use than the quota allows ("
            + over
            + "): nothing is stopped, but nothing more is accepted";
  }

  private static void over(
      StringJoiner over, String name, long used, @Nullable Long bound, LongFunction<String> text) {
    if (bound != null && used > bound) {
      over.add(name + " " + text.apply(used) + " of " + text.apply(bound));
    }
  }
}
