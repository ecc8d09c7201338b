package io.gyre.model;

import java.util.regex.Pattern;

/** The shape of every name in Gyre: a DNS label of 1 to 63 characters. */
public final class Names {
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  /** What a message says when a name is refused. */
  public static final String RULE =
      "lower-case letters, digits and '-', starting and ending with a letter or digit, at most 63"
          + " characters";

  private Names() {}

  public static boolean valid(String name) {
    return LABEL.matcher(name).matches();
  }

  static String require(String what, String name) {
    if (!valid(name)) {
      throw new GyreException(
          ErrorKind.INVALID,
          what + ".name.invalid",
          what + " name \"" + name + "\" is not valid: use " + RULE,
          null);
    }
    return name;
  }
}
