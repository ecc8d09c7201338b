package io.gyre.manifest;

/** Text of a user as it may stand in a message: on one line, short, without control characters. */
final class Excerpt {
  private static final int LONGEST = 60;

  private Excerpt() {}

  static String quoted(String text) {
    return '"' + plain(text) + '"';
  }

  static String plain(String text) {
    return plain(text, LONGEST);
  }

  static String plain(String text, int longest) {
    boolean cut = text.length() > longest;
    String part = cut ? text.substring(0, cutAt(text, longest)) : text;
    StringBuilder out = new StringBuilder(part.length() + 8);
    part.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> {
                  if (Character.isISOControl(c) || Character.getType(c) == Character.FORMAT) {
                    out.append(String.format("\\u%04x", c));
                  } else {
                    out.appendCodePoint(c);
                  }
                }
              }
            });
    return cut ? out.append('…').toString() : out.toString();
  }

  private static int cutAt(String text, int length) {
    return Character.isHighSurrogate(text.charAt(length - 1)) ? length - 1 : length;
  }
}
