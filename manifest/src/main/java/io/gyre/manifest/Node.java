package io.gyre.manifest;

import java.util.List;
import java.util.regex.Pattern;

/** A value of a parsed document and where it starts, both from 1. Anchors share nodes. */
sealed interface Node {
  int line();

  int column();

  /** Values in it, itself included, with every alias counted in full. */
  int size();

  /** Levels below it. */
  int height();

  /**
   * @param plain whether it was written without quotes, so that its text decides its type
   */
  record Scalar(int line, int column, String text, boolean plain) implements Node {
    private static final Pattern NULL = Pattern.compile("|~|null|Null|NULL");
    private static final Pattern BOOLEAN = Pattern.compile("true|True|TRUE|false|False|FALSE");
    private static final Pattern NUMBER =
        Pattern.compile(
            "[-+]?(\\.\\d++|\\d++(\\.\\d*+)?)([eE][-+]?\\d++)?|0x[0-9a-fA-F]++|0o[0-7]++"
                + "|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)");

    @Override
    public int size() {
      return 1;
    }

    @Override
    public int height() {
      return 0;
    }

    boolean isNull() {
      return plain && NULL.matcher(text).matches();
    }

    static boolean isBoolean(String text) {
      return BOOLEAN.matcher(text).matches();
    }

    static boolean isNumber(String text) {
      return NUMBER.matcher(text).matches();
    }
  }

  record Sequence(int line, int column, List<Node> items, int size, int height) implements Node {}

  /** Keys are unique; merged ones come last. */
  record Mapping(int line, int column, List<Pair> pairs, int size, int height) implements Node {}

  record Pair(Scalar key, Node value) {}
}
