package io.gyre.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Watches what Gyre uses while it is left alone under load, and tells how fast that grows: slopes
 * by least squares, per hour. What grew while the processes warmed up is left out.
 */
final class Soak {
  private static final long EVERY_MS = 2000;

  /** The part of the time that counts as warming up. */
  private static final double WARM_UP = 0.25;

  private final Gyre gyre;
  private final long start = System.nanoTime();
  private final Map<String, List<double[]>> series = new TreeMap<>();

  Soak(Gyre gyre) {
    this.gyre = gyre;
  }

  void watch(long endNanos) {
    while (System.nanoTime() < endNanos) {
      for (String component : Gyre.COMPONENTS) {
        long pid = gyre.mark(component).pid();
        if (pid != 0) {
          sample(component, pid);
        }
      }
      add("disk MB", bytes(gyre.home) / 1e6);
      add("disk of the bus MB", bytes(gyre.home.resolve("bus")) / 1e6);
      Shell.pause(EVERY_MS);
    }
  }

  private void sample(String component, long pid) {
    Path process = Path.of("/proc/" + pid);
    try {
      for (String line : Files.readAllLines(process.resolve("smaps_rollup"))) {
        if (line.startsWith("Pss:")) {
          add(component + " PSS MB", number(line) / 1000.0);
        }
      }
      for (String line :
          Files.readAllLines(process.resolve("status"), StandardCharsets.ISO_8859_1)) {
        if (line.startsWith("Threads:")) {
          add(component + " threads", number(line));
        }
      }
      try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
        add(component + " descriptors", (double) descriptors.count());
      }
    } catch (IOException e) {
      // It has ended; the next look finds its successor.
    }
  }

  private static double number(String line) {
    return Double.parseDouble(line.replaceAll("[^0-9]", ""));
  }

  /** What its files take on the disk. */
  private static double bytes(Path directory) {
    String out = Shell.run("du", "-s", "-B1", directory.toString()).out();
    int tab = out.indexOf('\t');
    return tab < 0 ? 0 : Double.parseDouble(out.substring(0, tab));
  }

  private void add(String what, double value) {
    double hours = (System.nanoTime() - start) / 3.6e12;
    series.computeIfAbsent(what, name -> new ArrayList<>()).add(new double[] {hours, value});
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT, "%-28s %10s %10s %14s%n", "used", "first", "last", "slope per hour"));
    series.forEach(
        (what, all) -> {
          List<double[]> warm = all.subList((int) (all.size() * WARM_UP), all.size());
          text.append(
              String.format(
                  Locale.ROOT,
                  "%-28s %10.1f %10.1f %14.1f%n",
                  what,
                  warm.getFirst()[1],
                  warm.getLast()[1],
                  slope(warm)));
        });
    return text.toString();
  }

  static double slope(List<double[]> points) {
    double meanX = points.stream().mapToDouble(point -> point[0]).average().orElse(0);
    double meanY = points.stream().mapToDouble(point -> point[1]).average().orElse(0);
    double up = 0;
    double down = 0;
    for (double[] point : points) {
      up += (point[0] - meanX) * (point[1] - meanY);
      down += (point[0] - meanX) * (point[0] - meanX);
    }
    return down == 0 ? 0 : up / down;
  }
}
