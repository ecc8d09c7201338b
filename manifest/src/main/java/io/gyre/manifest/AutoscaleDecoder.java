package io.gyre.manifest;

import io.gyre.model.Autoscale;
import io.gyre.model.Resources;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code autoscale}. */
final class AutoscaleDecoder {
  static final Keys KEYS =
      new Keys(
          Order.of("min", "max", "cpu", "memory", "cooldown_up", "cooldown_down", "tolerance"),
          Order.of("requests_per_second", "metrics", "schedule"),
          Map.of(
              "min_replicas", "use min",
              "max_replicas", "use max",
              "minReplicas", "use min",
              "maxReplicas", "use max",
              "cooldown", "use cooldown_up and cooldown_down",
              "target", "use cpu or memory"));

  private static final Pattern PERCENT = Pattern.compile("([0-9]{1,4})%?");
  private static final Duration LONGEST = Duration.ofHours(1);
  private static final int MOST_USE = 1000;
  private static final int MOST_TOLERANCE = 50;

  private AutoscaleDecoder() {}

  /**
   * Null where it's absent, or wrong.
   *
   * @param replicas as written beside it; null: nothing is
   * @param number what that says; null where it is wrong
   */
  static @Nullable Autoscale decode(
      @Nullable Value autoscale,
      @Nullable Value replicas,
      @Nullable Integer number,
      Resources resources,
      Target target) {
    Fields fields =
        autoscale == null ? null : autoscale.fields(KEYS, "a map, as in {max: 5, cpu: 70%}");
    if (autoscale == null || fields == null) {
      return null;
    }
    target.need("STATS", autoscale, "autoscale");
    Value minValue = fields.get("min");
    Value maxValue = fields.require("max", "the greatest number of replicas");
    Integer min =
        minValue == null ? Integer.valueOf(1) : minValue.integer(1, DeploymentDecoder.MAX_REPLICAS);
    Integer max = maxValue == null ? null : maxValue.integer(1, DeploymentDecoder.MAX_REPLICAS);
    Value cpuValue = fields.get("cpu");
    Value memoryValue = fields.get("memory");
    Integer cpu = percent(cpuValue, 1, MOST_USE);
    Integer memory = percent(memoryValue, 1, MOST_USE);
    Duration up = duration(fields.get("cooldown_up"), Autoscale.COOLDOWN_UP);
    Duration down = duration(fields.get("cooldown_down"), Autoscale.COOLDOWN_DOWN);
    Value toleranceValue = fields.get("tolerance");
    Integer tolerance =
        toleranceValue == null
            ? Integer.valueOf(Autoscale.TOLERANCE_PERCENT)
            : percent(toleranceValue, 0, MOST_TOLERANCE);
    if (cpuValue == null && memoryValue == null) {
      fields.block().problem("aim_missing", "says neither cpu nor memory: by what to scale");
    }
    need(cpuValue, "cpu", resources.cpuRequestMillis(), resources.cpuLimitMillis());
    need(memoryValue, "memory", resources.memoryRequestBytes(), resources.memoryLimitBytes());
    if (min == null || max == null) {
      return null;
    }
    if (min > max && maxValue != null) {
      maxValue.problem("below_min", "is less than min, " + min);
      return null;
    }
    if (replicas != null && number != null && (number < min || number > max)) {
      replicas.problem(
          "autoscale_conflict",
          "must be between autoscale.min and max, "
              + min
              + " and "
              + max
              + ", or be left out; it is only the number to begin with");
    }
    if (up == null || down == null || tolerance == null || (cpu == null && memory == null)) {
      return null;
    }
    return new Autoscale(
        min, max, cpu, memory, up, down, tolerance, replicas == null ? null : number);
  }

  private static void need(
      @Nullable Value aim, String resource, @Nullable Long request, @Nullable Long limit) {
    if (aim != null && request == null && limit == null) {
      aim.problem(
          "request_missing",
          "is a share of what a replica asks for: say resources.requests."
              + resource
              + " or resources.limits."
              + resource);
    }
  }

  private static @Nullable Duration duration(@Nullable Value value, Duration otherwise) {
    return value == null ? otherwise : Durations.read(value, Duration.ZERO, LONGEST);
  }

  private static @Nullable Integer percent(@Nullable Value value, int least, int most) {
    String expected = "a share such as 70%";
    String text = value == null ? null : value.textOrNumber(expected);
    if (value == null || text == null) {
      return null;
    }
    Matcher matcher = PERCENT.matcher(text);
    if (matcher.matches()) {
      int number = Integer.parseInt(matcher.group(1));
      if (number >= least && number <= most) {
        return number;
      }
    }
    value.problem(
        "invalid",
        "expected "
            + expected
            + ", from "
            + least
            + "% to "
            + most
            + "%, found "
            + Excerpt.quoted(text));
    return null;
  }
}
