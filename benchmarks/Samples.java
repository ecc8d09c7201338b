import java.util.List;
import java.util.stream.IntStream;

/** What one thing was measured as, in the order of the trials. */
record Samples(List<Double> values) {
  Samples {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("nothing was measured");
    }
  }

  static Samples of(double value) {
    return new Samples(List.of(value));
  }

  int count() {
    return values.size();
  }

  double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int half = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(half)
        : (sorted.get(half - 1) + sorted.get(half)) / 2;
  }

  /** With fewer than 100 values this is the largest. */
  double p99() {
    return quantile(0.99);
  }

  /** At most so many of them, that have the same distribution, in the order of their size. */
  Samples thinned(int most) {
    if (values.size() <= most) {
      return this;
    }
    List<Double> sorted = values.stream().sorted().toList();
    return new Samples(
        IntStream.range(0, most)
            .mapToObj(i -> sorted.get((int) ((long) i * (sorted.size() - 1) / (most - 1))))
            .toList());
  }

  /** The smallest value that so large a part of them does not exceed. */
  double quantile(double part) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get(Math.max(0, (int) Math.ceil(part * sorted.size()) - 1));
  }

  double min() {
    return values.stream().min(Double::compare).orElseThrow();
  }

  double max() {
    return values.stream().max(Double::compare).orElseThrow();
  }
}
