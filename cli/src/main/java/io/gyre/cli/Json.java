package io.gyre.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.JsonTokenId;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Iterator;
import java.util.Map;

/**
 * Reads and writes trees without an {@code ObjectMapper}, whose class loading would double the
 * start-up time of a command.
 */
final class Json {
  private static final JsonFactory FACTORY = new JsonFactory();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private Json() {}

  static ObjectNode object() {
    return NODES.objectNode();
  }

  static ArrayNode array() {
    return NODES.arrayNode();
  }

  static JsonNode parse(byte[] bytes) throws IOException {
    try (JsonParser parser = FACTORY.createParser(bytes)) {
      return parseOne(parser);
    }
  }

  static JsonNode parse(String text) throws IOException {
    try (JsonParser parser = FACTORY.createParser(text)) {
      return parseOne(parser);
    }
  }

  private static JsonNode parseOne(JsonParser parser) throws IOException {
    if (parser.nextToken() == null) {
      return NODES.missingNode();
    }
    JsonNode node = value(parser);
    if (parser.nextToken() != null) {
      throw new IOException("more than one JSON value");
    }
    return node;
  }

  private static JsonNode value(JsonParser parser) throws IOException {
    return switch (parser.currentTokenId()) {
      case JsonTokenId.ID_START_OBJECT -> {
        ObjectNode object = NODES.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          parser.nextToken();
          object.set(name, value(parser));
        }
        yield object;
      }
      case JsonTokenId.ID_START_ARRAY -> {
        ArrayNode array = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(parser));
        }
        yield array;
      }
      case JsonTokenId.ID_NUMBER_INT -> integer(parser);
      case JsonTokenId.ID_NUMBER_FLOAT -> NODES.numberNode(parser.getDecimalValue());
      case JsonTokenId.ID_TRUE -> NODES.booleanNode(true);
      case JsonTokenId.ID_FALSE -> NODES.booleanNode(false);
      case JsonTokenId.ID_NULL -> NODES.nullNode();
      default -> NODES.textNode(parser.getText());
    };
  }

  private static JsonNode integer(JsonParser parser) throws IOException {
    return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
        ? NODES.numberNode(parser.getBigIntegerValue())
        : NODES.numberNode(parser.getLongValue());
  }

  /** All characters of all texts. */
  static long textLength(JsonNode node) {
    long length = node.isTextual() ? node.textValue().length() : 0;
    for (JsonNode child : node) {
      length += textLength(child);
    }
    return length;
  }

  /** Without the whole text in memory. */
  static void write(JsonNode node, OutputStream out) throws IOException {
    try (JsonGenerator generator = FACTORY.createGenerator(out)) {
      write(node, generator);
    }
  }

  private static void write(JsonNode node, JsonGenerator generator) throws IOException {
    if (node.isObject()) {
      generator.writeStartObject();
      for (Map.Entry<String, JsonNode> field : node.properties()) {
        generator.writeFieldName(field.getKey());
        write(field.getValue(), generator);
      }
      generator.writeEndObject();
    } else if (node.isArray()) {
      generator.writeStartArray();
      for (JsonNode item : node) {
        write(item, generator);
      }
      generator.writeEndArray();
    } else if (node.isTextual()) {
      generator.writeString(node.textValue());
    } else {
      generator.writeRawValue(node.asText());
    }
  }

  /** Two spaces per level, ends without a line feed. */
  static String pretty(JsonNode node) {
    StringBuilder text = new StringBuilder();
    write(node, text, 0);
    return text.toString();
  }

  static String compact(JsonNode node) {
    StringBuilder text = new StringBuilder();
    write(node, text, -1);
    return text.toString();
  }

  private static void write(JsonNode node, StringBuilder text, int depth) {
    if (node.isObject()) {
      writeObject(node, text, depth);
    } else if (node.isArray()) {
      text.append('[');
      int inner = depth < 0 ? -1 : depth + 1;
      for (int i = 0; i < node.size(); i++) {
        separate(text, i == 0, inner);
        write(node.path(i), text, inner);
      }
      close(text, node.isEmpty(), depth, ']');
    } else if (node.isTextual()) {
      quote(node.textValue(), text);
    } else {
      text.append(node.asText());
    }
  }

  private static void writeObject(JsonNode node, StringBuilder text, int depth) {
    text.append('{');
    int inner = depth < 0 ? -1 : depth + 1;
    boolean first = true;
    for (Iterator<Map.Entry<String, JsonNode>> it = node.properties().iterator(); it.hasNext(); ) {
      Map.Entry<String, JsonNode> field = it.next();
      separate(text, first, inner);
      first = false;
      quote(field.getKey(), text);
      text.append(depth < 0 ? ":" : ": ");
      write(field.getValue(), text, inner);
    }
    close(text, first, depth, '}');
  }

  private static void separate(StringBuilder text, boolean first, int depth) {
    if (!first) {
      text.append(',');
    }
    newLine(text, depth);
  }

  private static void close(StringBuilder text, boolean empty, int depth, char bracket) {
    if (!empty) {
      newLine(text, depth);
    }
    text.append(bracket);
  }

  private static void newLine(StringBuilder text, int depth) {
    if (depth >= 0) {
      text.append('\n');
      for (int i = 0; i < depth; i++) {
        text.append("  ");
      }
    }
  }

  /** As a JSON string, which is also a double-quoted YAML scalar. */
  static void quote(String value, StringBuilder text) {
    text.append('"');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> {
          if (c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029) {
            text.append("\\u");
            for (int shift = 12; shift >= 0; shift -= 4) {
              text.append(Character.forDigit((c >> shift) & 0xf, 16));
            }
          } else {
            text.append(c);
          }
        }
      }
    }
    text.append('"');
  }

  /** The field as text; empty where it is missing or null. */
  static String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isMissingNode() || value.isNull() ? "" : value.asText();
  }

  static long number(JsonNode node, String field) {
    return node.path(field).asLong(0);
  }

  static boolean flag(JsonNode node, String field) {
    return node.path(field).asBoolean(false);
  }
}
