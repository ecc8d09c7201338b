package io.gyre.model;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a revision takes from configs and secrets besides its mounts, and what a new version of them
 * means for it.
 *
 * <p>A revision runs with a fixed version of each content that it pins (see {@link
 * DeploymentSpec#pins}); of the others each start takes the newest. Version 1 is not listed, so the
 * hash of a spec that was stored before there were versions stays as it was.
 *
 * @param onChange null: roll, for a job none
 * @param signal without SIG; null unless it is to be signalled
 * @param environment variables whose value is an entry
 * @param environmentFrom variables of which each entry makes one, in order: a later one wins, and
 *     what is written in the environment wins over all
 * @param versions of contents that are pinned at another version than the first
 */
public record Contents(
    @Nullable OnChange onChange,
    @Nullable String signal,
    Map<String, Entry> environment,
    List<All> environmentFrom,
    Map<ContentRef, Long> versions) {
  public static final Contents NONE = new Contents(null, null, Map.of(), List.of(), Map.of());

  /** What is done to instances when a config or secret that they use has a new version. */
  public enum OnChange {
    /** A new revision. */
    ROLL,
    /** Their files are replaced, then they get a signal. */
    SIGNAL,
    /** Nothing: their next start takes it. */
    NONE
  }

  /**
   * One entry.
   *
   * @param key null: the only one that there is
   */
  public record Entry(ContentRef content, @Nullable String key) {}

  /**
   * All entries.
   *
   * @param prefix before each key
   */
  public record All(ContentRef content, String prefix) {}

  public Contents {
    environment = Collections.unmodifiableMap(new TreeMap<>(environment));
    environmentFrom = List.copyOf(environmentFrom);
    versions = Collections.unmodifiableMap(new TreeMap<>(versions));
  }

  Contents pinned(Map<ContentRef, Long> others) {
    return new Contents(onChange, signal, environment, environmentFrom, others);
  }

  /** Whether what it takes can only be given at a start. */
  boolean inEnvironment(ContentRef content) {
    return environment.values().stream().anyMatch(entry -> entry.content().equals(content))
        || environmentFrom.stream().anyMatch(all -> all.content().equals(content));
  }
}
