import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The table, and the same for programs. */
final class Report {
  private static final List<String> HEAD =
      List.of(
          "", "what", "median", "p99/max", "n", "peer", "peer median", "ratio", "budget", "met");

  private final Instant at = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private final Map<String, String> facts;
  private final boolean slack;

  /**
   * @param slack whether a budget counts as met that is missed by little
   */
  Report(Map<String, String> facts, boolean slack) {
    this.facts = facts;
    this.slack = slack;
  }

  private Optional<Boolean> met(Row row) {
    return slack ? row.nearlyMet(Check.SHARE_SLACK, Check.LIMIT_SLACK) : row.met();
  }

  List<Row> missed(List<Row> rows) {
    return rows.stream().filter(row -> met(row).filter(met -> !met).isPresent()).toList();
  }

  void print(List<Row> rows) {
    System.out.println();
    System.out.println("Gyre benchmarks, " + at);
    facts.forEach((name, value) -> System.out.println("  " + name + ": " + value));
    System.out.println();
    List<List<String>> lines = new ArrayList<>(List.of(HEAD));
    rows.stream()
        .filter(row -> row.reason().isEmpty() || firstWithoutPeer(row, rows))
        .flatMap(row -> row.ours().map(ours -> line(row, ours)).stream())
        .forEach(lines::add);
    int[] widths = new int[HEAD.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < line.size(); i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    for (List<String> line : lines) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < line.size(); i++) {
        text.append(("%-" + Math.max(1, widths[i]) + "s  ").formatted(line.get(i)));
      }
      System.out.println(text.toString().stripTrailing());
    }
    rows.stream()
        .filter(row -> !row.reason().isEmpty())
        .map(row -> row.subject() + " not measured: " + row.reason())
        .distinct()
        .forEach(System.out::println);
  }

  /** Whether Gyre's own time would stand in no line otherwise. */
  private static boolean firstWithoutPeer(Row row, List<Row> rows) {
    List<Row> same = rows.stream().filter(each -> each.what().equals(row.what())).toList();
    return same.getFirst() == row && same.stream().noneMatch(each -> each.reason().isEmpty());
  }

  private List<String> line(Row row, Samples ours) {
    return List.of(
        Integer.toString(row.number()),
        row.what(),
        number(ours.median()) + " " + row.unit(),
        ours.count() == 1 ? "" : number(ours.p99()),
        Integer.toString(ours.count()),
        row.peer(),
        row.theirs().map(theirs -> number(theirs.median()) + " " + row.unit()).orElse(""),
        row.ratio().map("%.2f"::formatted).orElse(""),
        row.budget(),
        met(row).map(met -> met ? "yes" : "NO").orElse(""));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 1 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
  }

  void write(Path file, List<Row> rows) throws IOException {
    String machine =
        facts.entrySet().stream()
            .map(fact -> quoted(fact.getKey()) + ": " + quoted(fact.getValue()))
            .collect(Collectors.joining(", "));
    String body = rows.stream().map(this::json).collect(Collectors.joining(",\n    "));
    Files.writeString(
        file,
        "{\n  \"at\": \"%s\",\n  \"machine\": {%s},\n  \"rows\": [\n    %s\n  ]\n}\n"
            .formatted(at, machine, body));
  }

  private String json(Row row) {
    List<String> fields = new ArrayList<>();
    fields.add("\"row\": " + row.number());
    fields.add("\"what\": " + quoted(row.what()));
    row.ours()
        .ifPresent(
            ours -> {
              fields.add("\"unit\": " + quoted(row.unit()));
              fields.add("\"ours\": " + json(ours));
            });
    if (!row.peer().isEmpty()) {
      fields.add("\"peer\": " + quoted(row.peer()));
    }
    row.theirs().ifPresent(theirs -> fields.add("\"theirs\": " + json(theirs)));
    row.ratio().ifPresent(ratio -> fields.add("\"ratio\": " + decimal(ratio)));
    if (!row.budget().isEmpty()) {
      fields.add("\"budget\": " + quoted(row.budget()));
    }
    met(row).ifPresent(met -> fields.add("\"met\": " + met));
    if (!row.reason().isEmpty()) {
      fields.add("\"not_measured\": " + quoted(row.reason()));
    }
    return "{" + String.join(", ", fields) + "}";
  }

  private static String json(Samples samples) {
    return "{\"median\": %s, \"p99\": %s, \"min\": %s, \"max\": %s, \"n\": %d, \"values\": [%s]}"
        .formatted(
            decimal(samples.median()),
            decimal(samples.p99()),
            decimal(samples.min()),
            decimal(samples.max()),
            samples.count(),
            samples.values().stream().map(Report::decimal).collect(Collectors.joining(", ")));
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }

  /** The rows of an earlier {@link #write}, without their budgets. */
  static List<Row> read(Path file) throws IOException {
    List<Row> rows = new ArrayList<>();
    if (Json.parse(Files.readString(file)) instanceof Map<?, ?> result
        && result.get("rows") instanceof List<?> lines) {
      for (Object line : lines) {
        if (line instanceof Map<?, ?> fields) {
          rows.add(row(fields));
        }
      }
    }
    if (rows.isEmpty()) {
      throw new IOException(file + " has no rows of gyre bench");
    }
    return rows;
  }

  private static Row row(Map<?, ?> fields) {
    int number = fields.get("row") instanceof Double value ? value.intValue() : 0;
    String what = String.valueOf(fields.get("what"));
    Optional<Samples> ours = samples(fields.get("ours"));
    if (ours.isEmpty()) {
      return Row.missing(number, what, String.valueOf(fields.get("not_measured")));
    }
    Row row = Row.measured(number, what, String.valueOf(fields.get("unit")), ours.get());
    return samples(fields.get("theirs"))
        .map(theirs -> row.against(String.valueOf(fields.get("peer")), theirs))
        .orElse(row);
  }

  private static Optional<Samples> samples(Object field) {
    if (field instanceof Map<?, ?> samples && samples.get("values") instanceof List<?> values) {
      return Optional.of(
          new Samples(
              values.stream().filter(Double.class::isInstance).map(Double.class::cast).toList()));
    }
    return Optional.empty();
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append("\\u%04x".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }
}
