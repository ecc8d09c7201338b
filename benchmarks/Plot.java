import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The charts of a result: each single value beside those of the peers, cost by size, memory. */
final class Plot {
  private static final int BAND = 40;
  private static final int DOTS = 250;
  private static final int FEW = 3;
  private static final Pattern PASS = Pattern.compile("(\\d+) instances: full pass, CPU");
  private static final Pattern MEMORY = Pattern.compile("idle, (.*): (\\w+) PSS");
  private static final List<Integer> NOT_TIMES = List.of(5, 8, 9, 17);

  private record Series(String name, boolean ours, Samples samples) {}

  private final Path directory;
  private final List<Row> rows;
  private final List<String> files = new ArrayList<>();

  private Plot(Path directory, List<Row> rows) {
    this.directory = directory;
    this.rows = rows;
  }

  /** The names of the files, and of a page with all of them. */
  static List<String> write(Path directory, List<Row> rows) throws Exception {
    Files.createDirectories(directory);
    Plot plot = new Plot(directory, rows);
    plot.distributions();
    plot.reconciling();
    plot.memory();
    plot.page();
    return plot.files;
  }

  private void save(String name, Chart chart) throws Exception {
    Files.writeString(directory.resolve(name), chart.svg());
    files.add(name);
  }

  private void page() throws Exception {
    StringBuilder page = new StringBuilder("<!doctype html><meta charset=\"utf-8\">");
    page.append("<meta name=\"color-scheme\" content=\"light dark\"><title>gyre bench</title>\n");
    for (String file : files) {
      page.append("<p><img src=\"%s\" alt=\"\"></p>%n".formatted(file));
    }
    Files.writeString(directory.resolve("index.html"), page);
    files.add("index.html");
  }

  private void distributions() throws Exception {
    Map<Integer, Map<String, Series>> all = new TreeMap<>();
    Map<Integer, Row> first = new TreeMap<>();
    for (Row row : rows) {
      boolean time = row.unit().equals("ms") || row.unit().equals("us");
      if (row.ours().isEmpty() || !time || NOT_TIMES.contains(row.number())) {
        continue;
      }
      first.putIfAbsent(row.number(), row);
      Map<String, Series> series = all.computeIfAbsent(row.number(), _ -> new LinkedHashMap<>());
      series.putIfAbsent(row.what(), new Series(row.what(), true, row.ours().get()));
      row.theirs()
          .ifPresent(
              theirs -> series.putIfAbsent(row.peer(), new Series(row.peer(), false, theirs)));
    }
    for (Map.Entry<Integer, Map<String, Series>> each : all.entrySet()) {
      List<Series> ours = new ArrayList<>(each.getValue().values());
      ours.sort((a, b) -> Boolean.compare(b.ours(), a.ours()));
      Row row = first.get(each.getKey());
      save("row-%02d.svg".formatted(each.getKey()), distribution(row, ours));
    }
  }

  private static Chart distribution(Row row, List<Series> series) {
    boolean several = series.stream().filter(Series::ours).count() > 1;
    String title = several ? Options.title(row.number()) : row.what();
    double least = series.stream().mapToDouble(each -> each.samples().min()).min().orElseThrow();
    double most = series.stream().mapToDouble(each -> each.samples().max()).max().orElseThrow();
    Axis axis = Axis.of(least, most, Chart.LEFT, Chart.RIGHT);
    String scale = axis.logarithmic() ? ", logarithmic" : "";
    Chart chart =
        new Chart(
            title,
            row.unit().replace("us", "µs")
                + scale
                + "; each trial, the middle half, and the median",
            series.size() * BAND);
    for (double tick : axis.ticks()) {
      chart.line(axis.at(tick), chart.top(), axis.at(tick), chart.bottom(), "grid");
      chart.text(axis.at(tick), chart.bottom() + 18, "faint middle", Chart.number(tick));
    }
    double y = chart.top() + BAND / 2.0;
    for (Series each : series) {
      String name = each.ours() && !several ? "gyre" : each.name();
      band(chart, axis, each, name, y);
      y += BAND;
    }
    return chart;
  }

  private static void band(Chart chart, Axis axis, Series series, String name, double y) {
    String kind = series.ours() ? "ours" : "peer";
    Samples samples = series.samples();
    chart.text(Chart.LEFT - 12, y + 4, "end", shortened(name));
    if (samples.count() > FEW) {
      double low = axis.at(samples.quantile(0.25));
      double high = axis.at(samples.quantile(0.75));
      chart.rect(low, y - 12, Math.max(1, high - low), 24, kind + " box");
    }
    // The same chart each time.
    Random random = new Random(1);
    for (double value : samples.thinned(DOTS).values()) {
      chart.circle(axis.at(value), y + (random.nextDouble() - 0.5) * 16, 2.6, kind + " dot");
    }
    double median = axis.at(samples.median());
    chart.line(median, y - 14, median, y + 14, kind + " median");
    chart.text(Chart.WIDTH - 16, y + 4, "end", Chart.number(samples.median()));
  }

  private static String shortened(String name) {
    return name.length() <= 46 ? name : name.substring(0, 45) + "…";
  }

  private void reconciling() throws Exception {
    Map<Integer, Double> costs = new TreeMap<>();
    for (Row row : rows) {
      Matcher size = PASS.matcher(row.what());
      if (size.matches() && row.ours().isPresent()) {
        costs.put(Integer.parseInt(size.group(1)), row.ours().get().median());
      }
    }
    if (costs.size() < 2) {
      return;
    }
    double most = Math.max(Scale.PASS_BUDGET_MS, costs.values().stream().reduce(0.0, Math::max));
    String title = "A full pass of the reconciler with nothing to do";
    Chart chart = new Chart(title, "CPU in ms, by instances (logarithmic)", 260);
    Axis x = new Axis(80, 12_500, true, 70, Chart.RIGHT);
    Axis y = new Axis(0, most * 1.15, false, chart.bottom(), chart.top());
    for (double tick : y.ticks()) {
      chart.line(70, y.at(tick), Chart.RIGHT, y.at(tick), "grid");
      chart.text(60, y.at(tick) + 4, "faint end", Chart.number(tick));
    }
    double budget = y.at(Scale.PASS_BUDGET_MS);
    chart.line(70, budget, Chart.RIGHT, budget, "limit");
    chart.text(Chart.RIGHT + 8, budget + 4, "limit-text", "budget");
    StringBuilder points = new StringBuilder();
    costs.forEach((size, cost) -> points.append(x.at(size) + "," + y.at(cost) + " "));
    chart.path(points.toString().strip(), "ours line");
    costs.forEach(
        (size, cost) -> {
          chart.circle(x.at(size), y.at(cost), 5, "ours");
          chart.text(x.at(size), y.at(cost) - 12, "middle", Chart.number(cost));
          chart.text(x.at(size), chart.bottom() + 18, "faint middle", Integer.toString(size));
        });
    save("reconcile.svg", chart);
  }

  private void memory() throws Exception {
    Map<String, Map<String, Double>> bars = new LinkedHashMap<>();
    for (Row row : rows) {
      Matcher memory = MEMORY.matcher(row.what());
      if (memory.matches() && row.ours().isPresent()) {
        bars.computeIfAbsent(memory.group(1), _ -> new LinkedHashMap<>())
            .put(memory.group(2), row.ours().get().median());
      }
    }
    if (bars.isEmpty()) {
      return;
    }
    double most =
        bars.values().stream()
            .mapToDouble(bar -> bar.values().stream().mapToDouble(Double::doubleValue).sum())
            .max()
            .orElseThrow();
    Axis axis = new Axis(0, most * 1.05, false, 180, Chart.RIGHT);
    Chart chart = new Chart("Memory while idle", "PSS in MB, by process", bars.size() * 64);
    for (double tick : axis.ticks()) {
      chart.line(axis.at(tick), chart.top(), axis.at(tick), chart.bottom(), "grid");
      chart.text(axis.at(tick), chart.bottom() + 18, "faint middle", Chart.number(tick));
    }
    double y = chart.top() + 8;
    for (Map.Entry<String, Map<String, Double>> bar : bars.entrySet()) {
      chart.text(168, y + 28, "end", bar.getKey());
      double from = 0;
      int color = 0;
      for (Map.Entry<String, Double> part : bar.getValue().entrySet()) {
        double x = axis.at(from);
        double width = axis.at(from + part.getValue()) - x;
        chart.rect(x, y, width - 1, 48, "--s" + color++ % 4);
        chart.text(x + width / 2, y + 20, "in", part.getKey());
        chart.text(x + width / 2, y + 37, "in", Chart.number(part.getValue()));
        from += part.getValue();
      }
      chart.text(axis.at(from) + 8, y + 28, "", Chart.number(from));
      y += 64;
    }
    save("memory.svg", chart);
  }
}
