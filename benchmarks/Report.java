import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The table, and the same for programs. */
final class Report {
  private static final List<String> HEAD =
      List.of(
          "", "what", "median", "p99/max", "n", "peer", "peer median", "ratio", "budget", "met");

  private final Instant at = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private final Map<String, String> facts;

  Report(Map<String, String> facts) {
    this.facts = facts;
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

  private static List<String> line(Row row, Samples ours) {
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
        row.met().map(met -> met ? "yes" : "NO").orElse(""));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
  }

  void write(Path file, List<Row> rows) throws IOException {
    String machine =
        facts.entrySet().stream()
            .map(fact -> quoted(fact.getKey()) + ": " + quoted(fact.getValue()))
            .collect(Collectors.joining(", "));
    String body = rows.stream().map(Report::json).collect(Collectors.joining(",\n    "));
    Files.writeString(
        file,
        "{\n  \"at\": \"%s\",\n  \"machine\": {%s},\n  \"rows\": [\n    %s\n  ]\n}\n"
            .formatted(at, machine, body));
  }

  private static String json(Row row) {
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
    row.met().ifPresent(met -> fields.add("\"met\": " + met));
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
