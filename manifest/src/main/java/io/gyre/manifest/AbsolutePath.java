package io.gyre.manifest;

import java.util.regex.Pattern;

/** The shape of paths that are mounted or entered. */
final class AbsolutePath {
  private static final int LONGEST = 4095;
  private static final Pattern UP = Pattern.compile("(^|/)\\.\\.(/|$)");

  private AbsolutePath() {}

  static boolean valid(String path) {
    return path.startsWith("/")
        && path.length() <= LONGEST
        && path.chars().noneMatch(Character::isISOControl)
        && !UP.matcher(path).find();
  }
}
