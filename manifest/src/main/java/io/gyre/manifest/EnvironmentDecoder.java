package io.gyre.manifest;

import io.gyre.model.Contents;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code environment}: a map of scalars and references, or a list of {@code NAME=VALUE}. Never
 * shows a value.
 */
final class EnvironmentDecoder {
  /** What Linux takes as one argument or variable, with room for the name and the end. */
  static final int LONGEST_STRING = 131_000;

  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final String EXPECTED = "text, a number, true or false";

  private EnvironmentDecoder() {}

  /**
   * @param values by name
   * @param references to entries of configs, by name
   */
  record Variables(Map<String, String> values, Map<String, Contents.Entry> references) {}

  static Variables decode(
      @Nullable Value environment, Target target, List<ContentDecoder.Use> uses) {
    Map<String, Contents.Entry> references = new TreeMap<>();
    return new Variables(values(environment, target, references, uses), references);
  }

  private static Map<String, String> values(
      @Nullable Value environment,
      Target target,
      Map<String, Contents.Entry> references,
      List<ContentDecoder.Use> uses) {
    Map<String, String> variables = new TreeMap<>();
    if (environment == null) {
      return variables;
    }
    Value value = environment.secret();
    if (value.isList()) {
      List<Value> items = value.items("a list");
      for (Value item : items == null ? List.<Value>of() : items) {
        pair(item, variables, target);
      }
      return variables;
    }
    List<Value.Entry> entries = value.entries("a map of variables");
    for (Value.Entry entry : entries == null ? List.<Value.Entry>of() : entries) {
      if (!validName(entry.key(), entry.name(), target)) {
        continue;
      }
      if (entry.value().isMap()) {
        Contents.Entry reference = ContentDecoder.reference(entry.value(), target, uses);
        if (reference != null) {
          references.put(entry.name(), reference);
        }
        continue;
      }
      String text = value(entry.value());
      if (text != null) {
        variables.put(entry.name(), text);
      }
    }
    return variables;
  }

  private static void pair(Value item, Map<String, String> variables, Target target) {
    String text = item.scalar("NAME=VALUE");
    if (text == null) {
      return;
    }
    int equals = text.indexOf('=');
    if (equals < 0) {
      item.problem("invalid", "expected NAME=VALUE, found no \"=\"");
      return;
    }
    String name = text.substring(0, equals);
    Value key = item.coded(item.code() + ".key");
    if (!validName(key, name, target) || tooLong(item, text)) {
      return;
    }
    if (variables.putIfAbsent(name, text.substring(equals + 1)) != null) {
      key.problem("duplicate", Excerpt.quoted(name) + " is set twice");
    }
  }

  private static @Nullable String value(Value value) {
    if (value.isNull()) {
      value.problem("wrong_type", "expected " + EXPECTED + ", found nothing; write \"\" for empty");
      return null;
    }
    String text = value.scalar(EXPECTED);
    return text == null || tooLong(value, text) ? null : text;
  }

  private static boolean tooLong(Value at, String text) {
    boolean tooLong =
        text.length() > LONGEST_STRING
            || text.getBytes(StandardCharsets.UTF_8).length > LONGEST_STRING;
    if (tooLong) {
      at.problem("too_long", "longer than " + LONGEST_STRING + " bytes, more than a process takes");
    }
    return tooLong;
  }

  private static boolean validName(Value key, String name, Target target) {
    if (!NAME.matcher(name).matches()) {
      key.problem(
          "invalid",
          Excerpt.quoted(name)
              + " is not a variable name; use letters, digits and \"_\", not starting with a"
              + " digit");
      return false;
    }
    if (target.givesPort() && name.equals(Interpolation.PORT)) {
      key.problem(
          "reserved", "PORT is given to each instance by Gyre; remove it, or use another name");
      return false;
    }
    return true;
  }
}
