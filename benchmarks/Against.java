import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was measured of Gyre and of its peers in the same trials, by name, and why a peer was not.
 * Turns into one row for each peer.
 */
final class Against {
  /** A budget where a peer of this name was measured. */
  record Budget(String peer, double share) {}

  private final Map<String, List<Double>> values = new LinkedHashMap<>();
  private final Map<String, String> reasons = new LinkedHashMap<>();

  void add(String name, double value) {
    values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
  }

  void missing(String name, String reason) {
    values.remove(name);
    reasons.put(name, reason);
  }

  Optional<Samples> of(String name) {
    return Optional.ofNullable(values.get(name)).map(Samples::new);
  }

  /**
   * @param ours the name that was measured of Gyre
   * @param peers in the order of the rows
   */
  List<Row> rows(int number, String what, String ours, List<String> peers, List<Budget> budgets) {
    Optional<Samples> mine = of(ours);
    if (mine.isEmpty()) {
      return List.of(Row.missing(number, what, reasons.getOrDefault(ours, "no trial ended")));
    }
    Row row = Row.measured(number, what, "ms", mine.get());
    List<Row> rows = new ArrayList<>();
    for (String peer : peers) {
      Optional<Samples> theirs = of(peer);
      rows.add(
          theirs.isPresent()
              ? budgeted(row.against(peer, theirs.get()), budgets)
              : row.withoutPeer(peer, reasons.getOrDefault(peer, "no trial ended")));
    }
    return rows.isEmpty() ? List.of(row) : rows;
  }

  private static Row budgeted(Row row, List<Budget> budgets) {
    for (Budget budget : budgets) {
      if (row.peer().startsWith(budget.peer())) {
        return row.withinShare(budget.share());
      }
    }
    return row;
  }
}
