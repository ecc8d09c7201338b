package io.gyre.manifest;

import java.util.regex.Pattern;

/** Paths of values as messages show them: {@code deployments.web.ports[0].published}. */
final class Paths {
  private static final Pattern SIMPLE = Pattern.compile("[A-Za-z0-9_-]{1,80}");

  private Paths() {}

  static String child(String parent, String key) {
    if (!SIMPLE.matcher(key).matches()) {
      return parent + "[" + Excerpt.quoted(key) + "]";
    }
    return parent.isEmpty() ? key : parent + "." + key;
  }

  static String item(String parent, int index) {
    return parent + "[" + index + "]";
  }
}
