package io.gyre.manifest;

import io.gyre.model.ConfigContent;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code data}, {@code files} and {@code binary} of one config. */
final class ConfigEntriesDecoder {
  private final Map<String, String> texts = new TreeMap<>();
  private final Map<String, String> binary = new TreeMap<>();
  private final Map<String, String> templates = new TreeMap<>();
  private final Set<String> keys = new HashSet<>();

  ConfigContent content() {
    return new ConfigContent(texts, binary, templates);
  }

  void data(Value data) {
    Value map = data.isMap() ? data : data.embeddedMap("a map, or text that holds a JSON object");
    for (Value.Entry entry : entries(map, "a map")) {
      Interpolation.Resolved text = entry.value().template("text, a number, true or false");
      if (isNew(entry) && text != null) {
        put(entry.name(), text);
      }
    }
  }

  private static List<Value.Entry> entries(@Nullable Value map, String expected) {
    List<Value.Entry> all = map == null ? null : map.entries(expected);
    return all == null ? List.of() : all;
  }

  private boolean isNew(Value.Entry entry) {
    if (!ConfigRules.validKey(entry.name())) {
      entry.key().problem("invalid", ConfigRules.KEY_RULE);
      return false;
    }
    if (!keys.add(entry.name())) {
      entry.key().problem("duplicate", "the config has an entry of that key already");
      return false;
    }
    return true;
  }

  private void put(String key, Interpolation.Resolved text) {
    (text.template() ? templates : texts).put(key, text.text());
  }

  void binary(Value map) {
    for (Value.Entry entry : entries(map, "a map of base64 texts")) {
      String base64 = entry.value().verbatim().text("base64");
      byte[] bytes =
          base64 == null ? null : ConfigRules.decoded(base64.replaceAll("\\s", "")).orElse(null);
      if (base64 != null && bytes == null) {
        entry.value().problem("invalid", "is not base64");
      }
      if (isNew(entry) && bytes != null) {
        binary.put(entry.name(), Base64.getEncoder().encodeToString(bytes));
      }
    }
  }

  /**
   * @param interpolated whether variables are put into those that are texts
   */
  void files(Value map, boolean interpolated) {
    for (Value.Entry entry : entries(map, "a map of names of files by key")) {
      String name = entry.value().verbatim().text("the name of a file");
      byte[] bytes = name == null ? null : attached(entry.value(), name);
      if (!isNew(entry) || bytes == null) {
        continue;
      }
      String text = text(bytes).orElse(null);
      if (text == null) {
        binary.put(entry.name(), Base64.getEncoder().encodeToString(bytes));
      } else {
        Interpolation.Resolved resolved = entry.value().template(text, interpolated);
        if (resolved != null) {
          put(entry.name(), resolved);
        }
      }
    }
  }

  private static byte @Nullable [] attached(Value at, String name) {
    String base64 = at.scope().text().attached().get(name);
    if (base64 == null) {
      at.problem(
          "not_sent",
          "the file "
              + Excerpt.quoted(name)
              + " is not here: the gyre command reads it beside the manifest and sends what is in"
              + " it; in a request of your own send it in base64 as files[].attached, or write it"
              + " into data or binary");
      return null;
    }
    byte[] bytes = ConfigRules.decoded(base64).orElse(null);
    if (bytes == null) {
      at.problem("invalid", "what was sent of " + Excerpt.quoted(name) + " is not base64");
    }
    return bytes;
  }

  /** Empty where it can't be kept as text. */
  private static Optional<String> text(byte[] bytes) {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.indexOf('\0') < 0 ? Optional.of(text) : Optional.empty();
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
