package io.gyre.api.apply;

import io.gyre.api.content.ConfigSet;
import io.gyre.manifest.ConfigDecl;
import io.gyre.model.ConfigContent;
import io.gyre.model.GyreException;
import io.gyre.model.Violation;
import io.gyre.store.ConfigRecord;
import io.gyre.store.StateReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of configs: of those that are declared, and of those that refer to them.
 *
 * @param steps in the order in which they are declared, the others after those of their namespace
 */
record ConfigPlan(List<Step> steps) {
  /**
   * @param after with all texts made
   * @param declared whether it isn't only changed by what it refers to
   */
  record Step(@Nullable ConfigRecord before, ConfigDecl after, boolean declared) {
    boolean newEntries() {
      return before == null || !before.content().sameEntries(after.content());
    }

    String action() {
      if (before == null) {
        return "create";
      }
      boolean same =
          before.content().equals(after.content()) && before.labels().equals(after.labels());
      return same ? "unchanged" : "update";
    }

    @Nullable String reason(@Nullable String users) {
      String why = declared ? null : "an entry that it refers to changes";
      return why == null || users == null ? (why == null ? users : why) : why + "; " + users;
    }
  }

  ConfigPlan {
    steps = List.copyOf(steps);
  }

  /**
   * @throws GyreException {@code manifest.invalid} where texts can't be made
   */
  static ConfigPlan of(StateReader state, List<ConfigDecl> declared) {
    Map<String, List<ConfigDecl>> namespaces = new LinkedHashMap<>();
    declared.forEach(
        each -> namespaces.computeIfAbsent(each.namespace(), _ -> new ArrayList<>()).add(each));
    List<Step> steps = new ArrayList<>();
    List<Violation> violations = new ArrayList<>();
    namespaces.forEach(
        (namespace, configs) -> {
          Map<String, ConfigRecord> stored = new HashMap<>();
          state.configs(namespace).forEach(each -> stored.put(each.name(), each));
          Map<String, ConfigDecl> byName = new HashMap<>();
          ConfigSet set = new ConfigSet(namespace, List.copyOf(stored.values()));
          for (ConfigDecl config : configs) {
            set.put(config.name(), config.content());
            byName.put(config.name(), config);
          }
          ConfigSet.Result result = set.render();
          result.problems().forEach(each -> violations.add(violation(each, byName)));
          Map<String, ConfigContent> changed = new LinkedHashMap<>(result.changed());
          for (ConfigDecl config : configs) {
            ConfigContent content = changed.remove(config.name());
            if (content != null) {
              steps.add(new Step(stored.get(config.name()), with(config, content), true));
            }
          }
          changed.forEach(
              (name, content) -> {
                ConfigRecord before = stored.get(name);
                if (before != null) {
                  ConfigDecl after =
                      new ConfigDecl(namespace, name, content, before.labels(), "", 0);
                  steps.add(new Step(before, after, false));
                }
              });
        });
    if (!violations.isEmpty()) {
      throw GyreException.invalid("manifest.invalid", violations);
    }
    return new ConfigPlan(steps);
  }

  private static ConfigDecl with(ConfigDecl config, ConfigContent content) {
    return new ConfigDecl(
        config.namespace(), config.name(), content, config.labels(), config.file(), config.line());
  }

  private static Violation violation(ConfigSet.Problem problem, Map<String, ConfigDecl> declared) {
    ConfigDecl at = declared.get(problem.config());
    return new Violation(
        "config." + problem.slug(),
        "configs." + problem.config() + ".data." + problem.key(),
        problem.message(),
        at == null ? null : at.file(),
        at == null ? 0 : at.line(),
        at == null ? 0 : 1);
  }
}
