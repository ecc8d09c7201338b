import java.util.ArrayList;
import java.util.List;

/**
 * Values to places along a line. Logarithmic where the values differ by more than what can be seen
 * otherwise; else from zero.
 */
record Axis(double from, double to, boolean logarithmic, double start, double end) {
  private static final double FACTOR = 25;

  static Axis of(double smallest, double largest, double start, double end) {
    double least = Math.max(smallest, 1e-3);
    double most = Math.max(largest, least);
    return most / least > FACTOR
        ? new Axis(least / 1.3, most * 1.3, true, start, end)
        : new Axis(0, most * 1.08, false, start, end);
  }

  double at(double value) {
    double part =
        logarithmic
            ? Math.log(Math.max(value, from) / from) / Math.log(to / from)
            : (value - from) / (to - from);
    return start + part * (end - start);
  }

  List<Double> ticks() {
    List<Double> ticks = new ArrayList<>();
    if (logarithmic) {
      boolean few = Math.log10(to / from) > 2.5;
      for (double power = Math.pow(10, Math.floor(Math.log10(from))); power <= to; power *= 10) {
        for (double step : few ? List.of(1.0) : List.of(1.0, 2.0, 5.0)) {
          if (power * step >= from && power * step <= to) {
            ticks.add(power * step);
          }
        }
      }
      return ticks;
    }
    double rough = (to - from) / 5;
    double power = Math.pow(10, Math.floor(Math.log10(rough)));
    double step = rough / power < 2 ? 2 * power : rough / power < 5 ? 5 * power : 10 * power;
    for (double tick = from; tick <= to; tick += step) {
      ticks.add(tick);
    }
    return ticks;
  }
}
