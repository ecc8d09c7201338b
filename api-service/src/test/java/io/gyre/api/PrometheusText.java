package io.gyre.api;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text format 0.0.4, read as strictly as its description is: every family has one HELP and one
 * TYPE before its samples, which stand together; names, labels, escapes and numbers are well
 * formed; no sample is there twice; counters end in _total and aren't negative.
 */
final class PrometheusText {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z_:][a-zA-Z0-9_:]*");
  private static final Pattern LABEL = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");
  private static final Pattern SAMPLE =
      Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{(.*)})? (\\S+)");
  private static final Pattern PAIR =
      Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\\\\\"n])*)\"(,|$)");

  private final Map<String, String> types = new LinkedHashMap<>();
  private final Set<String> helps = new HashSet<>();
  private final Map<String, Map<Map<String, String>, Double>> samples = new HashMap<>();
  private final List<String> order = new ArrayList<>();

  PrometheusText(String text) {
    if (!text.endsWith("\n")) {
      throw new AssertionError("the last line has no end");
    }
    for (String line : text.split("\n")) {
      if (line.startsWith("# HELP ")) {
        String[] words = line.split(" ", 4);
        check(words.length == 4 && !words[3].isBlank(), line);
        check(NAME.matcher(words[2]).matches() && helps.add(words[2]), line);
      } else if (line.startsWith("# TYPE ")) {
        String[] words = line.split(" ", -1);
        check(words.length == 4, line);
        check(helps.contains(words[2]), "HELP comes first: " + line);
        check(Set.of("counter", "gauge").contains(words[3]), line);
        check(types.put(words[2], words[3]) == null, "TYPE is there twice: " + line);
      } else {
        sample(line);
      }
    }
  }

  private void sample(String line) {
    Matcher matcher = SAMPLE.matcher(line);
    check(matcher.matches(), line);
    String name = matcher.group(1);
    String type = types.get(name);
    check(type != null, "no TYPE before " + line);
    Map<String, String> labels = new TreeMap<>();
    if (matcher.group(3) != null) {
      Matcher pair = PAIR.matcher(matcher.group(3));
      int at = 0;
      while (at < matcher.group(3).length()) {
        check(pair.find(at) && pair.start() == at, line);
        check(LABEL.matcher(pair.group(1)).matches(), line);
        String value =
            pair.group(2).replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\");
        check(labels.put(pair.group(1), value) == null, "a label is there twice: " + line);
        at = pair.end();
      }
    }
    double value = Double.parseDouble(matcher.group(4));
    if (Objects.equals(type, "counter")) {
      check(name.endsWith("_total") && value >= 0, line);
    } else {
      check(!name.endsWith("_total"), line);
    }
    check(
        samples.computeIfAbsent(name, n -> new HashMap<>()).put(labels, value) == null,
        "a sample is there twice: " + line);
    if (order.isEmpty() || !order.getLast().equals(name)) {
      check(!order.contains(name), "the samples of a family don't stand together: " + line);
      order.add(name);
    }
  }

  private static void check(boolean good, String line) {
    if (!good) {
      throw new AssertionError("not well formed: " + line);
    }
  }

  Set<String> families() {
    return types.keySet();
  }

  /** The sample with exactly these labels. */
  double value(String name, String... labels) {
    Map<String, String> wanted = new TreeMap<>();
    for (int i = 0; i < labels.length; i += 2) {
      wanted.put(labels[i], labels[i + 1]);
    }
    Double value = samples.getOrDefault(name, Map.of()).get(wanted);
    if (value == null) {
      throw new AssertionError("no " + name + wanted + " in " + samples.get(name));
    }
    return value;
  }

  int count(String name) {
    return samples.getOrDefault(name, Map.of()).size();
  }
}
