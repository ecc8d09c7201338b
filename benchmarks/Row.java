import java.util.Locale;
import java.util.Optional;

/**
 * A line of the result.
 *
 * @param number of the row as users select it
 * @param ours empty where it wasn't measured; then {@code reason} says why
 * @param peer what it was measured against, empty for none
 * @param theirs empty where there is no peer, or the peer wasn't measured
 * @param limit the budget, in the unit of the row; NaN: none of its own
 * @param share the budget as a part of what the peer takes; NaN: none of its own
 */
record Row(
    int number,
    String what,
    String unit,
    Optional<Samples> ours,
    String peer,
    Optional<Samples> theirs,
    double limit,
    double share,
    String reason) {

  static Row measured(int number, String what, String unit, Samples ours) {
    return new Row(
        number, what, unit, Optional.of(ours), "", Optional.empty(), Double.NaN, Double.NaN, "");
  }

  static Row missing(int number, String what, String reason) {
    return new Row(
        number, what, "", Optional.empty(), "", Optional.empty(), Double.NaN, Double.NaN, reason);
  }

  Row against(String other, Samples samples) {
    return new Row(number, what, unit, ours, other, Optional.of(samples), limit, share, reason);
  }

  Row withoutPeer(String other, String why) {
    return new Row(number, what, unit, ours, other, Optional.empty(), limit, share, why);
  }

  /** A budget of its own. */
  Row within(double budget) {
    return new Row(number, what, unit, ours, peer, theirs, budget, share, reason);
  }

  /** A budget that the peer sets. */
  Row withinShare(double ofPeer) {
    return new Row(number, what, unit, ours, peer, theirs, limit, ofPeer, reason);
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
    return Double.isNaN(share) ? Optional.empty() : ratio().map(is -> is <= share);
  }

  /**
   * The same on a machine that has other things to do: with so many times the budget, and it is
   * enough when the best trials are within it, for those were disturbed least.
   */
  Optional<Boolean> nearlyMet(double shareSlack, double limitSlack) {
    if (ours.isPresent() && !Double.isNaN(limit)) {
      return Optional.of(ours.get().median() <= limit * limitSlack);
    }
    if (Double.isNaN(share) || ours.isEmpty()) {
      return Optional.empty();
    }
    return theirs.map(
        other ->
            Math.min(ours.get().median() / other.median(), ours.get().min() / other.min())
                <= share * shareSlack);
  }

  String budget() {
    if (!Double.isNaN(limit)) {
      return String.format(Locale.ROOT, "<= %s %s", plain(limit), unit);
    }
    if (Double.isNaN(share) || theirs.isEmpty()) {
      return "";
    }
    return share == 1 ? "<= peer" : "<= " + plain(share) + " x peer";
  }

  private static String plain(double value) {
    String text = String.format(Locale.ROOT, "%.2f", value);
    return text.contains(".") ? text.replaceFirst("\\.?0+$", "") : text;
  }
}
