package io.gyre.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares an answer with what the API's description declares; stricter than the standard:
 * undeclared fields are wrong, too.
 */
final class Shape {
  private final JsonNode document;

  Shape(JsonNode document) {
    this.document = document;
  }

  JsonNode resolve(JsonNode schema) {
    JsonNode found = schema;
    while (found.has("$ref")) {
      found = document.at(found.path("$ref").asText().substring(1));
    }
    return found;
  }

  List<String> problems(JsonNode value, JsonNode schema) {
    List<String> problems = new ArrayList<>();
    compare("$", value, schema, problems);
    return problems;
  }

  private void compare(String path, JsonNode value, JsonNode declared, List<String> problems) {
    JsonNode schema = resolve(declared);
    Set<String> types = new TreeSet<>();
    JsonNode type = schema.path("type");
    if (type.isArray()) {
      type.forEach(each -> types.add(each.asText()));
    } else if (type.isTextual()) {
      types.add(type.asText());
    }
    if (!types.isEmpty() && types.stream().noneMatch(each -> is(value, each))) {
      problems.add(path + " is " + value.getNodeType() + ", declared " + types);
      return;
    }
    if (schema.has("enum") && !contains(schema.path("enum"), value)) {
      problems.add(path + " is " + value + ", declared " + schema.path("enum"));
    }
    if (value.isObject()) {
      object(path, value, schema, problems);
    } else if (value.isArray() && schema.has("items")) {
      for (int i = 0; i < value.size(); i++) {
        compare(path + "[" + i + "]", value.get(i), schema.path("items"), problems);
      }
    }
  }

  private void object(String path, JsonNode value, JsonNode schema, List<String> problems) {
    for (JsonNode required : schema.path("required")) {
      if (!value.has(required.asText())) {
        problems.add(path + " lacks " + required.asText());
      }
    }
    JsonNode properties = schema.path("properties");
    JsonNode others = schema.path("additionalProperties");
    value
        .properties()
        .forEach(
            field -> {
              String name = path + "." + field.getKey();
              JsonNode known = child(properties, field.getKey());
              if (known != null) {
                compare(name, field.getValue(), known, problems);
              } else if (others.isObject()) {
                compare(name, field.getValue(), others, problems);
              } else if (properties.size() > 0) {
                problems.add(name + " is not declared");
              }
            });
  }

  private static @Nullable JsonNode child(JsonNode of, String name) {
    return of.has(name) ? of.get(name) : null;
  }

  private static boolean contains(JsonNode values, JsonNode value) {
    for (JsonNode each : values) {
      if (each.equals(value)) {
        return true;
      }
    }
    return false;
  }

  private static boolean is(JsonNode value, String type) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isTextual();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      case "null" -> value.isNull();
      default -> throw new AssertionError("an unknown type: " + type);
    };
  }
}
