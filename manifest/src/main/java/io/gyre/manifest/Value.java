package io.gyre.manifest;

import io.gyre.model.Violation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value with its path. Each accessor says what is expected; where the value is something else it
 * adds a problem and answers null. Read a value once: each reading reports again.
 */
final class Value {
  private static final Pattern INTEGER = Pattern.compile("[-+]?(0|[1-9][0-9]{0,30})");

  private final Scope scope;
  private final Node.@Nullable Scalar key;
  private final Node node;
  private final String path;
  private final String code;
  private final boolean secret;

  /**
   * @param key that it is the value of, null for items of lists and whole documents
   * @param code of its problems, without the last part
   * @param secret whether it must never be shown in a message
   */
  private Value(
      Scope scope, Node.@Nullable Scalar key, Node node, String path, String code, boolean secret) {
    this.scope = scope;
    this.key = key;
    this.node = node;
    this.path = path;
    this.code = code;
    this.secret = secret;
  }

  static Value document(Scope scope, Node node) {
    return new Value(scope, null, node, "", "manifest", false);
  }

  record Entry(Value key, String name, Value value) {}

  Scope scope() {
    return scope;
  }

  String path() {
    return path;
  }

  String code() {
    return code;
  }

  /** Where its problems are: at a scalar itself, else at the key of a map or list. */
  private Node position() {
    boolean written = node instanceof Node.Scalar scalar && !scalar.isNull();
    return written || key == null ? node : key;
  }

  /** Line of its key, or of itself where it has none. */
  int line() {
    return key == null ? node.line() : key.line();
  }

  boolean isMap() {
    return node instanceof Node.Mapping;
  }

  boolean isList() {
    return node instanceof Node.Sequence;
  }

  boolean isScalar() {
    return node instanceof Node.Scalar;
  }

  boolean isNull() {
    return node instanceof Node.Scalar scalar && scalar.isNull();
  }

  /** Whether it is a text with nothing in it. */
  boolean isBlank() {
    return node instanceof Node.Scalar scalar && !scalar.plain() && scalar.text().isBlank();
  }

  /** Whether it is a text of that form before variables are put in. */
  boolean isWritten(Pattern form) {
    return node instanceof Node.Scalar scalar && form.matcher(scalar.text()).matches();
  }

  Value secret() {
    return new Value(scope, key, node, path, code, true);
  }

  Value coded(String otherCode) {
    return new Value(scope, key, node, path, otherCode, secret);
  }

  /** The same without interpolation. */
  Value verbatim() {
    return new Value(scope.verbatim(), key, node, path, code, secret);
  }

  /** Whether its text refers to the variable PORT. */
  boolean mentionsPort() {
    return node instanceof Node.Scalar scalar
        && Interpolation.namesIn(scalar.text()).contains(Interpolation.PORT);
  }

  /**
   * The map that a text holds as a JSON object. Its values are interpolated one by one, so that
   * what a variable holds cannot change the object's shape.
   */
  @Nullable Value embeddedMap(String expected) {
    if (!(node instanceof Node.Scalar scalar) || scalar.isNull()) {
      wrongType(expected);
      return null;
    }
    String raw = scalar.text();
    Scope inner = scope;
    if (!raw.stripLeading().startsWith("{")) {
      raw = text(expected);
      inner = scope.verbatim();
    }
    if (raw == null) {
      return null;
    }
    Problems found = new Problems();
    Node map = NodeReader.readEmbedded(raw, scalar, found, scope.budget());
    if (map instanceof Node.Mapping) {
      return new Value(inner, key, map, path, code, secret);
    }
    problem(
        "invalid",
        "expected " + expected + found.first().map(first -> "; it is " + first).orElse(""));
    return null;
  }

  void problem(String slug, String message) {
    report(code + "." + slug, message);
  }

  void report(String wholeCode, String message) {
    scope
        .problems()
        .add(
            new Violation(
                wholeCode, path, message, scope.file(), position().line(), position().column()));
  }

  void wrongType(String expected) {
    problem("wrong_type", "expected " + expected + ", found " + found());
  }

  private String found() {
    return switch (node) {
      case Node.Mapping _ -> "a map";
      case Node.Sequence _ -> "a list";
      case Node.Scalar scalar when scalar.isNull() -> "nothing";
      case Node.Scalar _ when secret -> "a value that is not shown here";
      case Node.Scalar scalar when scalar.plain() && Node.Scalar.isNumber(scalar.text()) ->
          "the number " + Excerpt.plain(scalar.text());
      case Node.Scalar scalar when scalar.plain() && Node.Scalar.isBoolean(scalar.text()) ->
          scalar.text();
      case Node.Scalar scalar -> "the text " + Excerpt.quoted(scalar.text());
    };
  }

  /** A scalar's text after interpolation; null, with a problem, for a map, a list or nothing. */
  private Interpolation.@Nullable Resolved resolved(String expected, boolean keepPort) {
    if (!(node instanceof Node.Scalar scalar) || scalar.isNull()) {
      wrongType(expected);
      return null;
    }
    return resolved(() -> scope.interpolation().resolve(scalar.text(), keepPort, this::report));
  }

  private Interpolation.@Nullable Resolved resolved(Supplier<Interpolation.Resolved> expansion) {
    int before = scope.problems().count();
    Interpolation.Resolved resolved = expansion.get();
    if (scope.problems().count() > before) {
      return null;
    }
    if (resolved.text().indexOf('\0') >= 0) {
      problem("invalid", "the character U+0000 cannot be part of it");
      return null;
    }
    return resolved;
  }

  private boolean typed(Interpolation.Resolved resolved) {
    return resolved.substituted() || (node instanceof Node.Scalar scalar && scalar.plain());
  }

  @Nullable String text() {
    return text("text");
  }

  /** A text; a bare number or boolean is refused. */
  @Nullable String text(String expected) {
    Interpolation.Resolved resolved = resolvedText(expected);
    return resolved == null ? null : resolved.text();
  }

  Interpolation.@Nullable Resolved resolvedText(String expected) {
    Interpolation.Resolved resolved = resolved(expected, false);
    return resolved == null || !requireText(resolved, expected) ? null : resolved;
  }

  /** Like {@link #text(String)}; leaves {@code $PORT} as it is. */
  Interpolation.@Nullable Resolved textKeepingPort(String expected) {
    Interpolation.Resolved resolved = resolved(expected, true);
    return resolved == null || !requireText(resolved, expected) ? null : resolved;
  }

  private boolean requireText(Interpolation.Resolved resolved, String expected) {
    boolean fits =
        resolved.substituted()
            || !(node instanceof Node.Scalar scalar)
            || !scalar.plain()
            || !(Node.Scalar.isNumber(scalar.text()) || Node.Scalar.isBoolean(scalar.text()));
    if (!fits) {
      problem("wrong_type", "expected " + expected + ", found " + found() + "; put it in quotes");
    }
    return fits;
  }

  /** A text, number or boolean, as it was written. */
  @Nullable String scalar(String expected) {
    Interpolation.Resolved resolved = resolved(expected, false);
    return resolved == null ? null : resolved.text();
  }

  /** Like {@link #scalar}; may refer to entries of configs. */
  Interpolation.@Nullable Resolved template(String expected) {
    if (!(node instanceof Node.Scalar scalar) || scalar.isNull()) {
      wrongType(expected);
      return null;
    }
    return resolved(() -> scope.interpolation().resolveWithReferences(scalar.text(), this::report));
  }

  /** A text from elsewhere in its place, likewise. */
  Interpolation.@Nullable Resolved template(String raw, boolean interpolated) {
    Scope inner = interpolated ? scope : scope.verbatim();
    return resolved(() -> inner.interpolation().resolveWithReferences(raw, this::report));
  }

  /** A text or a number, as it was written. */
  @Nullable String textOrNumber(String expected) {
    if (node instanceof Node.Scalar scalar
        && scalar.plain()
        && Node.Scalar.isBoolean(scalar.text())) {
      wrongType(expected);
      return null;
    }
    return scalar(expected);
  }

  /** Like {@link #scalar}; leaves {@code $PORT} as it is where asked to. */
  Interpolation.@Nullable Resolved scalarKeepingPort(String expected, boolean keepPort) {
    return resolved(expected, keepPort);
  }

  @Nullable Integer integer(int min, int max) {
    return integer(min, max, "a whole number");
  }

  @Nullable Integer integer(int min, int max, String expected) {
    Interpolation.Resolved resolved = resolved(expected, false);
    if (resolved == null) {
      return null;
    }
    if (!typed(resolved) || !INTEGER.matcher(resolved.text()).matches()) {
      boolean quotes = !typed(resolved) && INTEGER.matcher(resolved.text()).matches();
      String shown = resolved.substituted() ? Excerpt.quoted(resolved.text()) : found();
      problem(
          "wrong_type",
          "expected " + expected + ", found " + shown + (quotes ? "; remove the quotes" : ""));
      return null;
    }
    String digits = resolved.text();
    long number = digits.length() > 12 ? Long.MAX_VALUE : Long.parseLong(digits);
    if (number < min || number > max) {
      problem(
          "out_of_range",
          "must be between " + min + " and " + max + ", not " + Excerpt.plain(digits));
      return null;
    }
    return (int) number;
  }

  @Nullable Boolean bool() {
    Interpolation.Resolved resolved = resolved("true or false", false);
    if (resolved == null) {
      return null;
    }
    if (!typed(resolved) || !Node.Scalar.isBoolean(resolved.text())) {
      String shown = resolved.substituted() ? Excerpt.quoted(resolved.text()) : found();
      problem("wrong_type", "expected true or false, found " + shown);
      return null;
    }
    return Boolean.parseBoolean(resolved.text());
  }

  /** One of a few words. */
  <E> @Nullable E oneOf(Map<String, E> choices) {
    return oneOf(choices, Set.of());
  }

  /**
   * @param later words that name what isn't implemented, refused as such
   */
  <E> @Nullable E oneOf(Map<String, E> choices, Set<String> later) {
    String word = text(String.join(" or ", choices.keySet()));
    if (word == null) {
      return null;
    }
    E choice = choices.get(word);
    if (later.contains(word)) {
      report(code + "." + word + ".unsupported", Excerpt.quoted(word) + " is " + Fields.NOT_YET);
    } else if (choice == null) {
      problem(
          "unsupported",
          "unknown value "
              + Excerpt.quoted(word)
              + "; use one of "
              + String.join(", ", choices.keySet())
              + Suggestion.question(word, choices.keySet()));
    }
    return choice;
  }

  /** The items of a list; null for anything else. */
  @Nullable List<Value> items(String expected) {
    if (!(node instanceof Node.Sequence list)) {
      wrongType(expected);
      return null;
    }
    List<Value> items = new ArrayList<>(list.items().size());
    for (int i = 0; i < list.items().size(); i++) {
      items.add(new Value(scope, null, list.items().get(i), Paths.item(path, i), code, secret));
    }
    return items;
  }

  /** The entries of a map whose keys the user chose; null for anything else. */
  @Nullable List<Entry> entries(String expected) {
    if (!(node instanceof Node.Mapping map)) {
      wrongType(expected);
      return null;
    }
    List<Entry> entries = new ArrayList<>(map.pairs().size());
    for (Node.Pair pair : map.pairs()) {
      String name = pair.key().text();
      String childPath = Paths.child(path, name);
      entries.add(
          new Entry(
              new Value(scope, null, pair.key(), childPath, code + ".key", false),
              name,
              new Value(scope, pair.key(), pair.value(), childPath, code, secret)));
    }
    return entries;
  }

  /** The fields of a block; null for anything but a map. Unknown keys become problems. */
  @Nullable Fields fields(Keys keys) {
    return fields(keys, "a map");
  }

  @Nullable Fields fields(Keys keys, String expected) {
    List<Entry> entries = entries(expected);
    return entries == null ? null : Fields.of(this, entries, keys);
  }

  Value child(String name, Value value) {
    return new Value(scope, value.key, value.node, value.path, code + "." + name, secret);
  }
}
