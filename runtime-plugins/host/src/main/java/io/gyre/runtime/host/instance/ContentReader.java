package io.gyre.runtime.host.instance;

import io.gyre.model.ConfigContent;
import io.gyre.model.ContentRef;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.store.ConfigRecord;
import io.gyre.store.ConfigVersion;
import io.gyre.store.StateReader;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The entries of the configs that an instance uses, in the versions that its revision says. For one
 * start; one thread.
 */
final class ContentReader {
  private final StateReader store;
  private final String namespace;
  private final DeploymentSpec spec;
  private final Map<ContentRef, ConfigContent> read = new HashMap<>();

  ContentReader(StateReader store, String namespace, DeploymentSpec spec) {
    this.store = store;
    this.namespace = namespace;
    this.spec = spec;
  }

  /**
   * @throws GyreException {@code config.not_found}
   */
  ConfigContent entries(ContentRef content) {
    return read.computeIfAbsent(content, this::find);
  }

  private ConfigContent find(ContentRef content) {
    return switch (content.kind()) {
      case CONFIG -> {
        long version = spec.version(content);
        yield store
            .configVersion(namespace, content.name(), version)
            .map(ConfigVersion::content)
            .or(() -> store.configRecord(namespace, content.name()).map(ConfigRecord::content))
            .orElseThrow(
                () ->
                    new GyreException(
                        ErrorKind.NOT_FOUND,
                        "config.not_found",
                        "no config " + content.name() + " in namespace " + namespace,
                        "apply it with `gyre apply`"));
      }
      case SECRET -> throw new IllegalArgumentException("not for secrets: " + content);
    };
  }

  /**
   * @param key null: the only entry
   */
  String entry(ContentRef content, @Nullable String key) {
    // Says what is missing.
    var _ = bytes(content, key);
    ConfigContent entries = entries(content);
    String only = key == null ? entries.keys().iterator().next() : key;
    String text = entries.texts().get(only);
    if (text == null) {
      throw new GyreException(
          ErrorKind.INVALID,
          "config.entry_not_text",
          "the entry \"" + only + "\" of the " + content + " is no text",
          "mount it as a file: volumes of type config");
    }
    return text;
  }

  /**
   * @param key null: the only entry
   */
  byte[] bytes(ContentRef content, @Nullable String key) {
    ConfigContent entries = entries(content);
    Set<String> keys = entries.keys();
    String only = key == null && keys.size() == 1 ? keys.iterator().next() : key;
    byte[] value = only == null ? null : entries.bytes(only);
    if (value == null) {
      throw new GyreException(
          ErrorKind.NOT_FOUND,
          "config.entry_not_found",
          key == null
              ? "the " + content + " has not one entry, so a key is needed"
              : "the " + content + " has no entry \"" + key + "\"",
          "it has: " + String.join(", ", keys));
    }
    return value;
  }

  /** Versions of what is mounted and follows a signal, for notes and messages. */
  String signalled() {
    StringBuilder text = new StringBuilder();
    for (ContentRef content : spec.used()) {
      if (!spec.pins(content)) {
        long version = store.newestVersion(namespace, content).orElse(0L);
        text.append(content).append(" version ").append(version).append('\n');
      }
    }
    return text.toString();
  }

  /** All variables of an instance, without those that are secret. */
  Map<String, String> environment() {
    Map<String, String> variables = new TreeMap<>();
    EnvironmentPlan.of(spec, this::keys)
        .forEach(
            (name, origin) -> {
              switch (origin) {
                case EnvironmentPlan.Origin.Text(String value) -> variables.put(name, value);
                case EnvironmentPlan.Origin.Entry(ContentRef content, var key) -> {
                  if (content.kind() == ContentRef.Kind.CONFIG) {
                    variables.put(name, entry(content, key));
                  }
                }
              }
            });
    return variables;
  }

  private Collection<String> keys(ContentRef content) {
    return switch (content.kind()) {
      case CONFIG -> entries(content).keys();
      case SECRET -> secretKeys(content);
    };
  }

  /** Those of the newest version where its own one is gone; the start fails for that later. */
  private Collection<String> secretKeys(ContentRef content) {
    return store.secretKeys(namespace, content.name(), spec.version(content)).orElse(List.of());
  }
}
