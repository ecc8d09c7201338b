import java.util.Optional;

/**
 * A line of the result.
 *
 * @param number of the row as users select it
 * @param ours empty where it wasn't measured; then {@code reason} says why
 * @param peer what it was measured against, empty for none
 * @param theirs empty where there is no peer, or the peer wasn't measured
 * @param limit the budget, in the unit of the row; NaN: none of its own
 * @param comparable whether the peer does the same work, so that its time is the budget
 */
record Row(
    int number,
    String what,
    String unit,
    Optional<Samples> ours,
    String peer,
    Optional<Samples> theirs,
    double limit,
    boolean comparable,
    String reason) {

  static Row measured(int number, String what, String unit, Samples ours) {
    return new Row(
        number, what, unit, Optional.of(ours), "", Optional.empty(), Double.NaN, false, "");
  }

  static Row against(int number, String what, Samples ours, String peer, Samples theirs) {
    return new Row(
        number, what, "ms", Optional.of(ours), peer, Optional.of(theirs), Double.NaN, true, "");
  }

  static Row withoutPeer(int number, String what, Samples ours, String peer, String reason) {
    return new Row(
        number, what, "ms", Optional.of(ours), peer, Optional.empty(), Double.NaN, true, reason);
  }

  static Row missing(int number, String what, String reason) {
    return new Row(
        number, what, "", Optional.empty(), "", Optional.empty(), Double.NaN, false, reason);
  }

  Row within(double budget) {
    return new Row(number, what, unit, ours, peer, theirs, budget, comparable, reason);
  }

  /** The peer does less, and is there to be looked at. */
  Row forInformation() {
    return new Row(number, what, unit, ours, peer, theirs, limit, false, reason);
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
    return comparable ? ratio().map(ratio -> ratio <= 1) : Optional.empty();
  }

  String budget() {
    if (!Double.isNaN(limit)) {
      return "<= %.0f %s".formatted(limit, unit);
    }
    return comparable && theirs.isPresent() ? "<= peer" : "";
  }
}
