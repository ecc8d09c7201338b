package io.gyre.manifest;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Puts variables into scalar values: {@code $NAME}, {@code ${NAME}}, {@code ${NAME:-default}} (for
 * unset and empty), {@code $$} for a dollar sign. What a variable holds is never looked at again.
 * What all variables of a manifest expand to is bounded.
 */
final class Interpolation {
  static final String PORT = "PORT";
  static final int MAX_EXPANDED = 3 * 1024 * 1024;
  private static final int MAX_NESTING = 8;

  /** Leaves everything as it is. */
  static final Interpolation NONE = new Interpolation(Map.of(), false);

  private final Map<String, String> variables;
  private final boolean enabled;
  private int expanded;

  Interpolation(Map<String, String> variables) {
    this(variables, true);
  }

  private Interpolation(Map<String, String> variables, boolean enabled) {
    this.variables = Map.copyOf(variables);
    this.enabled = enabled;
  }

  /**
   * @param substituted whether a variable or a default was put in
   * @param keptPort whether {@code $PORT} was left as it is
   * @param template whether the text is a {@link ConfigTemplate}
   */
  record Resolved(String text, boolean substituted, boolean keptPort, boolean template) {
    private static Resolved asWritten(String text) {
      return new Resolved(text, false, false, false);
    }
  }

  interface Report {
    void problem(String code, String message);
  }

  /**
   * @param keepPort leaves {@code $PORT} and {@code ${PORT}} as they are
   */
  Resolved resolve(String raw, boolean keepPort, Report report) {
    if (!enabled || raw.indexOf('$') < 0) {
      return Resolved.asWritten(raw);
    }
    Expansion expansion = new Expansion(keepPort, false, report);
    expansion.expand(raw, 0);
    return new Resolved(expansion.out.toString(), expansion.substituted, expansion.keptPort, false);
  }

  /** Where references to entries of configs may be, which are left for later. */
  Resolved resolveWithReferences(String raw, Report report) {
    if (!enabled || raw.indexOf('$') < 0) {
      return Resolved.asWritten(raw);
    }
    Expansion expansion = new Expansion(false, true, report);
    expansion.expand(raw, 0);
    String out = expansion.out.toString();
    return new Resolved(
        expansion.refers ? out : out.replace("$$", "$"),
        expansion.substituted,
        false,
        expansion.refers);
  }

  /** The names of variables that a text refers to, in the order of their first use. */
  static Set<String> namesIn(String text) {
    Set<String> names = new LinkedHashSet<>();
    for (int i = text.indexOf('$'); i >= 0 && i + 1 < text.length(); i = text.indexOf('$', i)) {
      char next = text.charAt(i + 1);
      int start = next == '{' ? i + 2 : i + 1;
      int end = endOfName(text, start);
      if (end > start) {
        names.add(text.substring(start, end));
      }
      i = next == '$' ? i + 2 : Math.max(end, i + 1);
    }
    return names;
  }

  private static int endOfName(String text, int start) {
    int end = start;
    while (end < text.length() && isNamePart(text.charAt(end), end == start)) {
      end++;
    }
    return end;
  }

  private static boolean isNamePart(char c, boolean first) {
    return c == '_'
        || (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || (!first && c >= '0' && c <= '9');
  }

  private final class Expansion {
    private final boolean keepPort;
    private final boolean references;
    private final Report report;
    private final StringBuilder out = new StringBuilder();
    private final Set<String> unset = new HashSet<>();
    private boolean substituted;
    private boolean keptPort;
    private boolean refers;

    /**
     * @param references whether what comes out is a {@link ConfigTemplate}
     */
    Expansion(boolean keepPort, boolean references, Report report) {
      this.keepPort = keepPort;
      this.references = references;
      this.report = report;
    }

    /** Returns whether to go on. */
    private boolean expand(String raw, int nesting) {
      int i = 0;
      while (i < raw.length()) {
        int dollar = raw.indexOf('$', i);
        if (dollar < 0) {
          break;
        }
        out.append(raw, i, dollar);
        char next = dollar + 1 < raw.length() ? raw.charAt(dollar + 1) : ' ';
        if (next == '$') {
          out.append(references ? "$$" : "$");
          i = dollar + 2;
        } else if (next == '{') {
          int close = closingBrace(raw, dollar);
          if (close < 0) {
            report.problem(
                "manifest.variable.unterminated",
                "\"${\" has no closing brace; write $$ for a literal \"$\"");
            return false;
          }
          if (!braced(raw.substring(dollar, close + 1), nesting)) {
            return false;
          }
          i = close + 1;
        } else {
          int end = endOfName(raw, dollar + 1);
          if (end == dollar + 1) {
            out.append(references ? "$$" : "$");
          } else if (!variable(raw.substring(dollar, end), raw.substring(dollar + 1, end))) {
            return false;
          }
          i = end;
        }
      }
      out.append(raw, i, raw.length());
      return true;
    }

    private boolean braced(String whole, int nesting) {
      int end = endOfName(whole, 2);
      String name = whole.substring(2, end);
      String rest = whole.substring(end, whole.length() - 1);
      if (references && ConfigTemplate.isReference(whole)) {
        refers = true;
        out.append(whole);
        return true;
      }
      if (name.isEmpty() || !(rest.isEmpty() || rest.startsWith(":-"))) {
        report.problem("manifest.variable.invalid", invalid(name, rest));
        return true;
      }
      if (rest.isEmpty() || (keepPort && name.equals(PORT))) {
        return variable(whole, name);
      }
      String value = variables.getOrDefault(name, "");
      if (!value.isEmpty()) {
        return append(value);
      }
      if (nesting == MAX_NESTING) {
        report.problem(
            "manifest.variable.invalid", "defaults are nested more than " + MAX_NESTING + " deep");
        return false;
      }
      substituted = true;
      return expand(rest.substring(2), nesting + 1);
    }

    private String invalid(String name, String rest) {
      String start = "\"${" + Excerpt.plain(name) + "…\" is neither ${NAME} nor ${NAME:-default}";
      String literal = "; write $$ for a literal \"$\"";
      if (!rest.startsWith(".")) {
        return start + literal;
      }
      return switch (name) {
        case "secret" ->
            "what is secret can't be put into a text: mount the secret, or use secretRef" + literal;
        case "config" ->
            references
                ? "\"${config…\" isn't ${config.NAME.KEY}" + literal
                : "${config.NAME.KEY} can only be in a config; use configRef" + literal;
        default ->
            references
                ? "\"${"
                    + Excerpt.plain(name)
                    + "…\" is none of ${NAME}, ${NAME:-default}, ${config.NAME.KEY} and"
                    + " ${gyre.namespace}"
                    + literal
                : start + literal;
      };
    }

    private boolean variable(String written, String name) {
      if (keepPort && name.equals(PORT)) {
        keptPort = true;
        out.append(written);
        return true;
      }
      String value = variables.get(name);
      if (value == null && !unset.add(name)) {
        return true;
      }
      if (value == null) {
        report.problem(
            "manifest.variable.unset",
            "the variable "
                + Excerpt.plain(name)
                + " is not set; set it in the environment or with --env-file, give a default as in"
                + " ${"
                + Excerpt.plain(name)
                + ":-default}, or write $$"
                + Excerpt.plain(name)
                + " to keep it as text");
        return true;
      }
      return append(value);
    }

    private boolean append(String value) {
      expanded += value.length();
      if (expanded > MAX_EXPANDED || expanded < 0) {
        expanded = MAX_EXPANDED;
        report.problem(
            "manifest.too_large",
            "its variables expand to more than " + MAX_EXPANDED + " characters");
        return false;
      }
      substituted = true;
      out.append(references ? value.replace("$", "$$") : value);
      return true;
    }

    private static int closingBrace(String raw, int dollar) {
      int open = 0;
      for (int i = dollar; i < raw.length(); i++) {
        char c = raw.charAt(i);
        if (c == '$' && i + 1 < raw.length() && raw.charAt(i + 1) != '}') {
          if (raw.charAt(i + 1) == '{') {
            open++;
          }
          i++;
        } else if (c == '}' && --open == 0) {
          return i;
        }
      }
      return -1;
    }
  }
}
