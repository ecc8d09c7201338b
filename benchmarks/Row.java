import java.util.Optional;

/**
 * A line of the result.
 *
 * @param number of the row as users select it
 * @param ours empty where it wasn't measured; then {@code reason} says why
 * @param peer what it was measured against, empty for none
 * @param theirs empty where there is no peer, or the peer wasn't measured
 * @param limit the budget, in the unit of the row; NaN for none, and "the peer" where there is one
 */
record Row(
    int number,
    String what,
    String unit,
    Optional<Samples> ours,
    String peer,
    Optional<Samples> theirs,
    double limit,
    String reason) {

  static Row measured(int number, String what, String unit, Samples ours) {
    return new Row(number, what, unit, Optional.of(ours), "", Optional.empty(), Double.NaN, "");
  }

  static Row against(int number, String what, Samples ours, String peer, Samples theirs) {
    return new Row(
        number, what, "ms", Optional.of(ours), peer, Optional.of(theirs), Double.NaN, "");
  }

  static Row withoutPeer(int number, String what, Samples ours, String peer, String reason) {
    return new Row(
        number, what, "ms", Optional.of(ours), peer, Optional.empty(), Double.NaN, reason);
  }

  static Row missing(int number, String what, String reason) {
    return new Row(number, what, "", Optional.empty(), "", Optional.empty(), Double.NaN, reason);
  }

  Row within(double budget) {
    return new Row(number, what, unit, ours, peer, theirs, budget, reason);
  }

  /** What the reason is about. */
  String subject() {
    return ours.isPresent() ? peer : what;
  }

  Optional<Double> ratio() {
    return ours.flatMap(mine -> theirs.map(other -> mine.median() / other.median()));
  }

  /** Empty where there is no budget, or nothing to compare. */
  Optional<Boolean> met() {
    if (ours.isPresent() && !Double.isNaN(limit)) {
      return Optional.of(ours.get().median() <= limit);
    }
    return ratio().map(ratio -> ratio <= 1);
  }

  String budget() {
    if (!Double.isNaN(limit)) {
      return "<= %.0f %s".formatted(limit, unit);
    }
    return theirs.isPresent() ? "<= peer" : "";
  }
}
