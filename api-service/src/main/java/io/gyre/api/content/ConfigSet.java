package io.gyre.api.content;

import io.gyre.manifest.ConfigRules;
import io.gyre.manifest.ConfigTemplate;
import io.gyre.manifest.ConfigTemplate.Reference;
import io.gyre.model.ConfigContent;
import io.gyre.model.ErrorKind;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import io.gyre.store.ConfigRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The configs of a namespace as a change will leave them, with all texts made from what they refer
 * to. Pure; one thread.
 */
public final class ConfigSet {
  private static final int MOST_STEPS = 16;

  private final String namespace;
  private final Map<String, ConfigContent> before = new TreeMap<>();
  private final Map<String, ConfigContent> wanted = new TreeMap<>();
  private final Set<String> put = new TreeSet<>();
  private final List<Problem> problems = new ArrayList<>();
  private final Map<Reference, Optional<String>> made = new HashMap<>();
  private final SequencedMap<Reference, Boolean> making = new LinkedHashMap<>();

  /** What is wrong with the entry of a config, whether it is changed or not. */
  public record Problem(String config, String key, String slug, String message) {}

  /**
   * @param changed those that were put, and those whose texts are others now, by name
   * @param problems where there are any, nothing may be changed
   */
  public record Result(Map<String, ConfigContent> changed, List<Problem> problems) {
    /**
     * What is changed.
     *
     * @throws GyreException {@code config.referred_to} where texts can't be made any more
     */
    Map<String, ConfigContent> orRefused(String namespace) {
      if (!problems.isEmpty()) {
        throw new GyreException(
            ErrorKind.CONFLICT,
            "config.referred_to",
            "a text of the config "
                + problems.getFirst().config()
                + " can't be made: "
                + problems.getFirst().message(),
            "change what refers to it first: gyre describe config "
                + problems.getFirst().config()
                + " -n "
                + namespace,
            problems.stream()
                .map(
                    each ->
                        new Violation(
                            "config." + each.slug(),
                            "configs." + each.config() + ".data." + each.key(),
                            each.message(),
                            null,
                            0,
                            0))
                .toList(),
            null);
      }
      return changed;
    }
  }

  public ConfigSet(String namespace, List<ConfigRecord> stored) {
    this.namespace = namespace;
    stored.forEach(config -> before.put(config.name(), config.content()));
    wanted.putAll(before);
  }

  /** Makes or replaces it; texts of templates are ignored. */
  public void put(String name, ConfigContent content) {
    wanted.put(name, content.declared());
    put.add(name);
  }

  public void remove(String name) {
    wanted.remove(name);
  }

  public Result render() {
    Map<String, ConfigContent> changed = new TreeMap<>();
    wanted.forEach(
        (name, content) -> {
          ConfigContent after = content.templates().isEmpty() ? content : rendered(name, content);
          if (put.contains(name) || !after.equals(before.get(name))) {
            changed.put(name, after);
          }
        });
    return new Result(changed, List.copyOf(problems));
  }

  private ConfigContent rendered(String name, ConfigContent content) {
    Map<String, String> texts = new TreeMap<>(content.declared().texts());
    for (String key : content.templates().keySet()) {
      texts.put(key, text(new Reference(name, key)).orElse(""));
      ConfigContent after = content.rendered(texts);
      if (ConfigRules.tooLarge(after)) {
        problem(new Reference(name, key), "too_large", "makes the config larger than 1 MiB");
        break;
      }
    }
    return content.rendered(texts);
  }

  private void problem(Reference at, String slug, String message) {
    problems.add(new Problem(at.config(), at.key(), slug, message));
  }

  /** Empty where it has a problem, which is noted. */
  private Optional<String> text(Reference entry) {
    ConfigContent content = wanted.get(entry.config());
    String template = content == null ? null : content.templates().get(entry.key());
    if (content == null || template == null) {
      return Optional.ofNullable(content == null ? null : content.texts().get(entry.key()));
    }
    Optional<String> known = made.get(entry);
    if (known != null) {
      return known;
    }
    making.put(entry, true);
    Optional<String> text =
        ConfigTemplate.render(
            template, namespace, each -> referred(entry, each), ConfigRules.MAX_BYTES);
    if (text.isEmpty()) {
      problem(entry, "too_large", "is larger than 1 MiB");
    }
    making.remove(entry);
    made.put(entry, text);
    return text;
  }

  private Optional<String> referred(Reference from, Reference to) {
    ConfigContent content = wanted.get(to.config());
    if (content == null) {
      problem(from, "reference.not_found", to + ": there is no config " + to.config());
      return Optional.empty();
    }
    if (!content.keys().contains(to.key())) {
      problem(
          from,
          "reference.not_found",
          to + ": the config has no such entry; it has " + String.join(", ", content.keys()));
      return Optional.empty();
    }
    if (content.binary().containsKey(to.key())) {
      problem(from, "reference.not_text", to + " is no text");
      return Optional.empty();
    }
    if (making.containsKey(to)) {
      problem(
          from,
          "reference.circle",
          "refers to itself: "
              + String.join(" -> ", making.keySet().stream().map(String::valueOf).toList())
              + " -> "
              + to);
      return Optional.empty();
    }
    if (making.size() >= MOST_STEPS) {
      problem(from, "reference.too_deep", to + " leads through more than " + MOST_STEPS + " texts");
      return Optional.empty();
    }
    return text(to);
  }
}
