package io.gyre.component;

import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import java.io.StringReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * Reads a small YAML file key by key; what is wrong or never asked for is a violation with its
 * place.
 */
final class StrictYaml {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
  private static final Pattern BYTES = Pattern.compile("(\\d{1,12})(Ki|Mi|Gi)?");

  private static final Pattern CORES = Pattern.compile("(\\d{1,5})(?:\\.(\\d{1,3}))?|(\\d{1,8})m");

  private final String file;
  private final List<Violation> violations = new ArrayList<>();
  private final List<Section> sections = new ArrayList<>();

  StrictYaml(String file) {
    this.file = file;
  }

  /** As the file would say it. */
  static String bytes(long bytes) {
    String units = "KMG";
    for (int i = units.length(); i > 0; i--) {
      if (bytes > 0 && bytes % (1L << (10 * i)) == 0) {
        return (bytes >> (10 * i)) + units.substring(i - 1, i) + "i";
      }
    }
    return Long.toString(bytes);
  }

  /** As the file would say it. */
  static String duration(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 1000 != 0) {
      return millis + "ms";
    }
    long seconds = millis / 1000;
    if (seconds % 60 != 0 || seconds == 0) {
      return seconds + "s";
    }
    return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds / 60 + "m";
  }

  Section parse(String text) {
    Node node = null;
    try {
      LoaderOptions options = new LoaderOptions();
      options.setAllowDuplicateKeys(false);
      node = new Yaml(options).compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      int column = e.getProblemMark() == null ? 0 : e.getProblemMark().getColumn() + 1;
      violations.add(
          new Violation("config.syntax", "", "not YAML: " + e.getProblem(), file, line, column));
      finish();
    }
    return new Section("", node);
  }

  /**
   * @throws GyreException with all violations, if there is one
   */
  void finish() {
    for (Section section : List.copyOf(sections)) {
      section.reportUnknownKeys();
    }
    if (!violations.isEmpty()) {
      throw GyreException.invalid("config.invalid", violations);
    }
  }

  private void violation(String path, @Nullable Node at, String message) {
    int line = at == null ? 0 : at.getStartMark().getLine() + 1;
    int column = at == null ? 0 : at.getStartMark().getColumn() + 1;
    violations.add(new Violation("config.invalid", path, message, file, line, column));
  }

  final class Section {
    private final String path;
    private final Map<String, NodeTuple> entries = new LinkedHashMap<>();
    private final Set<String> known = new LinkedHashSet<>();

    private Section(String path, @Nullable Node node) {
      this.path = path;
      sections.add(this);
      if (node instanceof MappingNode mapping) {
        for (NodeTuple entry : mapping.getValue()) {
          if (entry.getKeyNode() instanceof ScalarNode key) {
            entries.put(key.getValue(), entry);
          } else {
            violation(path, entry.getKeyNode(), "a key must be a name");
          }
        }
      } else if (node != null && !(node instanceof ScalarNode s && s.getValue().isEmpty())) {
        violation(path, node, "expected keys and values");
      }
    }

    Section section(String key) {
      return new Section(path(key), value(key));
    }

    String text(String key, String absent) {
      String text = scalar(key);
      return text == null ? absent : text;
    }

    String matching(String key, String absent, Pattern allowed, String expected) {
      String text = text(key, absent);
      if (!allowed.matcher(text).matches()) {
        violation(path(key), value(key), "expected " + expected);
      }
      return text;
    }

    /** What of the key is wrong in view of others. */
    void refuse(String key, String message) {
      violation(path(key), value(key), message);
    }

    String choice(String key, String absent, String... allowed) {
      String text = text(key, absent);
      if (!List.of(allowed).contains(text)) {
        violation(
            path(key),
            value(key),
            "expected one of " + String.join(", ", allowed) + ", found " + text);
      }
      return text;
    }

    int number(String key, int absent, int least, int most) {
      String text = scalar(key);
      if (text == null) {
        return absent;
      }
      try {
        int number = Integer.parseInt(text);
        if (number >= least && number <= most) {
          return number;
        }
      } catch (NumberFormatException e) {
        // Reported below with the range.
      }
      violation(
          path(key),
          value(key),
          "expected a number from " + least + " to " + most + ", found " + text);
      return absent;
    }

    /** Zero, with or without a unit, means none. */
    Duration durationOrNone(String key, Duration absent, Duration least, Duration most) {
      String text = scalar(key);
      boolean none = text != null && text.matches("0(ms|s|m|h)?");
      return none ? Duration.ZERO : duration(key, absent, least, most);
    }

    Duration duration(String key, Duration absent, Duration least, Duration most) {
      String text = scalar(key);
      if (text == null) {
        return absent;
      }
      Matcher matcher = DURATION.matcher(text);
      if (matcher.matches()) {
        long amount = Long.parseLong(matcher.group(1));
        Duration duration =
            switch (matcher.group(2)) {
              case "ms" -> Duration.ofMillis(amount);
              case "s" -> Duration.ofSeconds(amount);
              case "m" -> Duration.ofMinutes(amount);
              default -> Duration.ofHours(amount);
            };
        if (duration.compareTo(least) >= 0 && duration.compareTo(most) <= 0) {
          return duration;
        }
      }
      violation(
          path(key),
          value(key),
          "expected a duration such as 500ms, 30s, 5m, from "
              + least.toSeconds()
              + "s to "
              + most.toSeconds()
              + "s, found "
              + text);
      return absent;
    }

    long bytes(String key, long absent, long least, long most) {
      return bytes(key, Map.of(), absent, least, most);
    }

    /**
     * @param words what may stand there instead of an amount
     */
    long bytes(String key, Map<String, Long> words, long absent, long least, long most) {
      String text = scalar(key);
      if (text == null) {
        return absent;
      }
      Long word = words.get(text);
      if (word != null) {
        return word;
      }
      Matcher matcher = BYTES.matcher(text);
      if (matcher.matches()) {
        String unit = matcher.group(2) == null ? "" : matcher.group(2);
        int shift =
            switch (unit) {
              case "Ki" -> 10;
              case "Mi" -> 20;
              case "Gi" -> 30;
              default -> 0;
            };
        long bytes = Long.parseLong(matcher.group(1)) << shift;
        if (bytes >= least && bytes <= most) {
          return bytes;
        }
      }
      violation(
          path(key),
          value(key),
          "expected bytes such as 4Mi, from "
              + least
              + " to "
              + most
              + or(words)
              + ", found "
              + text);
      return absent;
    }

    /**
     * Thousandths of a core.
     *
     * @param words what may stand there instead of an amount
     */
    long cpuMillis(String key, Map<String, Long> words, long absent) {
      String text = scalar(key);
      if (text == null) {
        return absent;
      }
      Long word = words.get(text);
      if (word != null) {
        return word;
      }
      Matcher matcher = CORES.matcher(text);
      if (matcher.matches()) {
        long millis =
            matcher.group(3) != null
                ? Long.parseLong(matcher.group(3))
                : Long.parseLong(matcher.group(1)) * 1000
                    + Long.parseLong((text(matcher.group(2)) + "000").substring(0, 3));
        if (millis >= 1) {
          return millis;
        }
      }
      violation(
          path(key),
          value(key),
          "expected cores such as 8, 1.5 or 500m" + or(words) + ", found " + text);
      return absent;
    }

    private static String text(@Nullable String group) {
      return group == null ? "" : group;
    }

    private static String or(Map<String, Long> words) {
      return words.isEmpty()
          ? ""
          : ", or one of " + words.keySet().stream().sorted().collect(Collectors.joining(", "));
    }

    boolean flag(String key, boolean absent) {
      return Boolean.parseBoolean(choice(key, Boolean.toString(absent), "true", "false"));
    }

    /** A list of single values; empty where the key is absent. */
    List<String> texts(String key) {
      Node node = value(key);
      List<String> texts = new ArrayList<>();
      if (node instanceof SequenceNode sequence) {
        for (Node item : sequence.getValue()) {
          if (item instanceof ScalarNode scalar) {
            texts.add(scalar.getValue());
          } else {
            violation(path(key), item, "expected a single value");
          }
        }
      } else if (node != null) {
        violation(path(key), node, "expected a list");
      }
      return texts;
    }

    /** Two levels of names to texts. */
    Map<String, Map<String, String>> settings(String key) {
      Map<String, Map<String, String>> settings = new TreeMap<>();
      Section outer = section(key);
      for (String name : List.copyOf(outer.entries.keySet())) {
        Section inner = outer.section(name);
        Map<String, String> values = new TreeMap<>();
        for (String setting : List.copyOf(inner.entries.keySet())) {
          values.put(setting, inner.text(setting, ""));
        }
        settings.put(name, values);
      }
      return settings;
    }

    private @Nullable String scalar(String key) {
      Node node = value(key);
      if (node == null) {
        return null;
      }
      if (node instanceof ScalarNode scalar) {
        return scalar.getValue();
      }
      violation(path(key), node, "expected a single value");
      return null;
    }

    private @Nullable Node value(String key) {
      known.add(key);
      NodeTuple entry = entries.get(key);
      return entry == null ? null : entry.getValueNode();
    }

    private String path(String key) {
      return path.isEmpty() ? key : path + "." + key;
    }

    private void reportUnknownKeys() {
      entries.forEach(
          (key, entry) -> {
            if (!known.contains(key)) {
              violation(
                  path(key),
                  entry.getKeyNode(),
                  "unknown key; known here: " + String.join(", ", known));
            }
          });
    }
  }
}
