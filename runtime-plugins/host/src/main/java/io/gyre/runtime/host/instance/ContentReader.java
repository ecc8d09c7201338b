package io.gyre.runtime.host.instance;

import io.gyre.model.ContentRef;
import io.gyre.model.DeploymentSpec;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.store.ConfigVersion;
import io.gyre.store.StateReader;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
  private final Map<ContentRef, Map<String, String>> read = new HashMap<>();

  ContentReader(StateReader store, String namespace, DeploymentSpec spec) {
    this.store = store;
    this.namespace = namespace;
    this.spec = spec;
  }

  /**
   * @throws GyreException {@code config.not_found}
   */
  Map<String, String> entries(ContentRef content) {
    return read.computeIfAbsent(content, this::find);
  }

  private Map<String, String> find(ContentRef content) {
    return switch (content.kind()) {
      case CONFIG -> {
        long version = spec.version(content);
        yield store
            .configVersion(namespace, content.name(), version)
            .map(ConfigVersion::entries)
            .or(() -> store.config(namespace, content.name()))
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
    Map<String, String> entries = entries(content);
    String value =
        key != null
            ? entries.get(key)
            : entries.size() == 1 ? entries.values().iterator().next() : null;
    if (value == null) {
      throw new GyreException(
          ErrorKind.NOT_FOUND,
          "config.entry_not_found",
          key == null
              ? "the " + content + " has not one entry, so a key is needed"
              : "the " + content + " has no entry \"" + key + "\"",
          "it has: " + String.join(", ", entries.keySet()));
    }
    return value;
  }

  /** Versions of configs that are mounted and follow a signal, for notes and messages. */
  String signalled() {
    StringBuilder text = new StringBuilder();
    for (ContentRef content : spec.used()) {
      if (content.kind() == ContentRef.Kind.CONFIG && !spec.pins(content)) {
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
      case CONFIG -> entries(content).keySet();
      case SECRET -> secretKeys(content);
    };
  }

  /** Those of the newest version where its own one is gone; the start fails for that later. */
  private Collection<String> secretKeys(ContentRef content) {
    return store.secretKeys(namespace, content.name(), spec.version(content)).orElse(List.of());
  }
}
