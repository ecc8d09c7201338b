package io.gyre.component;

import io.gyre.model.Component;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One key of the configuration and what it says.
 *
 * @param components who use it
 * @param live whether a change takes effect at once; else with the next start of who use it
 */
public record ConfigSetting(String key, String value, Set<Component> components, boolean live) {
  private static final String UNSET = "(unset)";
  private static final Pattern SECRET =
      Pattern.compile("runtime\\.settings\\..*(?i:password|secret|token|credential).*");

  public ConfigSetting {
    components = Set.copyOf(components);
  }

  /** A setting that differs between two configurations. */
  public record Change(ConfigSetting setting, String before, String after) {
    /** Without the values where they may be secret. */
    public String text() {
      return SECRET.matcher(setting.key()).matches()
          ? setting.key() + ": changed"
          : setting.key() + ": " + before + " -> " + after;
    }
  }

  /** What differs, in the order of the keys. */
  static List<Change> changes(GyreConfig before, GyreConfig after) {
    List<ConfigSetting> old = before.settings();
    List<ConfigSetting> young = after.settings();
    Set<String> keys = new LinkedHashSet<>();
    old.forEach(setting -> keys.add(setting.key()));
    young.forEach(setting -> keys.add(setting.key()));
    List<Change> changes = new ArrayList<>();
    for (String key : keys) {
      Optional<ConfigSetting> was = find(old, key);
      Optional<ConfigSetting> is = find(young, key);
      String from = was.map(ConfigSetting::value).orElse(UNSET);
      String to = is.map(ConfigSetting::value).orElse(UNSET);
      if (!from.equals(to)) {
        changes.add(new Change(is.or(() -> was).orElseThrow(), from, to));
      }
    }
    return changes;
  }

  private static Optional<ConfigSetting> find(List<ConfigSetting> settings, String key) {
    return settings.stream().filter(setting -> setting.key().equals(key)).findFirst();
  }
}
