package io.gyre.store;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * JSON text of plain values (maps, collections, strings, integers, booleans) and back, on the
 * streaming parser alone: data binding would double the time to the first query.
 */
final class Json {
  private static final JsonFactory FACTORY = new JsonFactory();

  private Json() {}

  /** Canonical: keys sorted, no white space. */
  static String write(Object value) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = FACTORY.createGenerator(text)) {
      write(out, value);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  private static void write(JsonGenerator out, Object value) throws IOException {
    switch (value) {
      case Map<?, ?> map -> {
        out.writeStartObject();
        TreeMap<String, Object> sorted = new TreeMap<>();
        map.forEach((key, member) -> sorted.put((String) key, member));
        for (Map.Entry<String, Object> member : sorted.entrySet()) {
          out.writeFieldName(member.getKey());
          write(out, member.getValue());
        }
        out.writeEndObject();
      }
      case Collection<?> items -> {
        out.writeStartArray();
        for (Object item : items) {
          write(out, item);
        }
        out.writeEndArray();
      }
      case String string -> out.writeString(string);
      case Boolean bool -> out.writeBoolean(bool);
      case Long number -> out.writeNumber(number);
      case Integer number -> out.writeNumber(number);
      default -> throw new IllegalArgumentException("no JSON for " + value.getClass());
    }
  }

  static Members object(String text) {
    return new Members(parse(text));
  }

  static Map<String, String> strings(String text) {
    return object(text).strings();
  }

  static List<String> list(String text) {
    return Members.items(parse(text), String.class::cast);
  }

  static <T> List<T> objects(String text, Function<Members, T> read) {
    return Members.items(parse(text), item -> read.apply(new Members(item)));
  }

  private static @Nullable Object parse(String text) {
    try (JsonParser in = FACTORY.createParser(text)) {
      Object value = read(in, in.nextToken());
      if (in.nextToken() != null) {
        throw new IOException("more than one JSON value");
      }
      return value;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static @Nullable Object read(JsonParser in, @Nullable JsonToken token)
      throws IOException {
    return switch (token) {
      case START_OBJECT -> {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        while (in.nextToken() == JsonToken.FIELD_NAME) {
          String name = in.currentName();
          members.put(name, read(in, in.nextToken()));
        }
        yield members;
      }
      case START_ARRAY -> {
        List<@Nullable Object> items = new ArrayList<>();
        for (JsonToken next = in.nextToken(); next != JsonToken.END_ARRAY; next = in.nextToken()) {
          items.add(read(in, next));
        }
        yield items;
      }
      case VALUE_STRING -> in.getText();
      case VALUE_NUMBER_INT -> in.getLongValue();
      case VALUE_NUMBER_FLOAT -> in.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      case null, default -> throw new IOException("unexpected " + token);
    };
  }

  /** The members of a JSON object; those that nobody asks for are ignored. */
  static final class Members {
    private final Map<?, ?> map;

    private Members(@Nullable Object value) {
      if (!(value instanceof Map<?, ?> members)) {
        throw new IllegalArgumentException("not a JSON object: " + value);
      }
      map = members;
    }

    @Nullable String string(String name) {
      return (String) map.get(name);
    }

    String string(String name, String otherwise) {
      return map.get(name) instanceof String value ? value : otherwise;
    }

    @Nullable Long number(String name) {
      return (Long) map.get(name);
    }

    int number(String name, int otherwise) {
      return map.get(name) instanceof Long value ? Math.toIntExact(value) : otherwise;
    }

    boolean bool(String name, boolean otherwise) {
      return map.get(name) instanceof Boolean value ? value : otherwise;
    }

    /** The object of that name, read, or null where there is none. */
    <T> @Nullable T object(String name, Function<Members, T> read) {
      Object value = map.get(name);
      return value == null ? null : read.apply(new Members(value));
    }

    <T> List<T> objects(String name, Function<Members, T> read) {
      return items(map.get(name), item -> read.apply(new Members(item)));
    }

    List<String> list(String name) {
      return items(map.get(name), String.class::cast);
    }

    /** Objects by name. */
    Map<String, Members> members(String name) {
      TreeMap<String, Members> members = new TreeMap<>();
      if (map.get(name) instanceof Map<?, ?> object) {
        object.forEach((key, value) -> members.put((String) key, new Members(value)));
      }
      return members;
    }

    /** Numbers by name. */
    Map<String, Long> numbers(String name) {
      TreeMap<String, Long> numbers = new TreeMap<>();
      if (map.get(name) instanceof Map<?, ?> object) {
        object.forEach((key, value) -> numbers.put((String) key, (Long) value));
      }
      return numbers;
    }

    Map<String, String> strings(String name) {
      Object value = map.get(name);
      return value == null ? Map.of() : new Members(value).strings();
    }

    private Map<String, String> strings() {
      TreeMap<String, String> strings = new TreeMap<>();
      map.forEach((key, value) -> strings.put((String) key, (String) value));
      return strings;
    }

    private static <T> List<T> items(@Nullable Object value, Function<Object, T> read) {
      if (value == null) {
        return List.of();
      }
      if (!(value instanceof List<?> list)) {
        throw new IllegalArgumentException("not a JSON array: " + value);
      }
      List<T> items = new ArrayList<>(list.size());
      for (Object item : list) {
        items.add(read.apply(item));
      }
      return items;
    }
  }
}
