package io.gyre.api.content;

import io.gyre.model.ConfigContent;
import io.gyre.model.ContentRef;
import io.gyre.model.DeploymentSpec;
import io.gyre.store.StateReader;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The configs and secrets as a change that is being planned will leave them. One thread. */
public final class ContentState {
  private final StateReader state;
  private final Map<Place, Next> changes = new LinkedHashMap<>();
  private final Map<Place, Optional<Set<String>>> keys = new HashMap<>();

  /** A config or secret of a namespace. */
  public record Place(String namespace, ContentRef content) {}

  /**
   * @param binary keys of entries that can't be variables
   */
  private record Next(long version, Set<String> keys, Set<String> binary) {}

  public ContentState(StateReader state) {
    this.state = state;
  }

  /** It will have this version, with these entries. */
  public void changes(String namespace, ContentRef content, long version, Set<String> entries) {
    changes.put(new Place(namespace, content), new Next(version, Set.copyOf(entries), Set.of()));
  }

  /** The same of a config. */
  public void changes(String namespace, String config, long version, ConfigContent after) {
    changes.put(
        new Place(namespace, ContentRef.config(config)),
        new Next(version, after.keys(), after.binary().keySet()));
  }

  Set<Place> changed() {
    return changes.keySet();
  }

  boolean isChanged(String namespace, ContentRef content) {
    return changes.containsKey(new Place(namespace, content));
  }

  Optional<Long> newest(String namespace, ContentRef content) {
    Next next = changes.get(new Place(namespace, content));
    return next == null ? state.newestVersion(namespace, content) : Optional.of(next.version());
  }

  /** The keys of its entries; empty where it doesn't exist. */
  Optional<Set<String>> keys(String namespace, ContentRef content) {
    Place place = new Place(namespace, content);
    Next next = changes.get(place);
    return next != null ? Optional.of(next.keys()) : keys.computeIfAbsent(place, this::storedKeys);
  }

  private Optional<Set<String>> storedKeys(Place place) {
    return switch (place.content().kind()) {
      case CONFIG ->
          state
              .configRecord(place.namespace(), place.content().name())
              .map(config -> config.content().keys());
      case SECRET ->
          state.secretKeys(place.namespace(), place.content().name(), 0).map(Set::copyOf);
    };
  }

  /** Whether it is known to be no text. */
  boolean isBinary(String namespace, ContentRef content, String key) {
    Next next = changes.get(new Place(namespace, content));
    if (next != null || content.kind() != ContentRef.Kind.CONFIG) {
      return next != null && next.binary().contains(key);
    }
    return state
        .configRecord(namespace, content.name())
        .filter(config -> config.content().binary().containsKey(key))
        .isPresent();
  }

  /** The spec with the newest version of all that it pins. */
  public DeploymentSpec pinned(String namespace, DeploymentSpec spec) {
    Map<ContentRef, Long> versions = new HashMap<>();
    for (ContentRef content : spec.used()) {
      newest(namespace, content).ifPresent(version -> versions.put(content, version));
    }
    return spec.pinned(versions);
  }
}
