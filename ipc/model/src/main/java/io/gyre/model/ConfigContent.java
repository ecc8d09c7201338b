package io.gyre.model;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a version of a config.
 *
 * @param texts by key, as users of it get them; of what is only declared without those of templates
 * @param binary by key, what is no text, in base64
 * @param templates by key, what texts with references to other entries were made from; {@code $$}
 *     is a dollar sign there
 */
public record ConfigContent(
    Map<String, String> texts, Map<String, String> binary, Map<String, String> templates) {
  public ConfigContent {
    texts = Collections.unmodifiableMap(new TreeMap<>(texts));
    binary = Collections.unmodifiableMap(new TreeMap<>(binary));
    templates = Collections.unmodifiableMap(new TreeMap<>(templates));
  }

  public static ConfigContent of(Map<String, String> texts) {
    return new ConfigContent(texts, Map.of(), Map.of());
  }

  /** The keys of all entries. */
  public Set<String> keys() {
    Set<String> keys = new TreeSet<>(texts.keySet());
    keys.addAll(binary.keySet());
    keys.addAll(templates.keySet());
    return keys;
  }

  /** Null: there is no such entry. */
  public byte @Nullable [] bytes(String key) {
    String text = texts.get(key);
    if (text != null) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    String base64 = binary.get(key);
    return base64 == null ? null : Base64.getDecoder().decode(base64);
  }

  /** Whether those who use it get the same. */
  public boolean sameEntries(ConfigContent other) {
    return texts.equals(other.texts) && binary.equals(other.binary);
  }

  /** As somebody declares it: without what is made from templates. */
  public ConfigContent declared() {
    Map<String, String> written = new TreeMap<>(texts);
    written.keySet().removeAll(templates.keySet());
    return rendered(written);
  }

  /** With other texts. */
  public ConfigContent rendered(Map<String, String> others) {
    return new ConfigContent(others, binary, templates);
  }
}
