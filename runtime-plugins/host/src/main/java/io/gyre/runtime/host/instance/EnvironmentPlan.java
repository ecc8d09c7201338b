package io.gyre.runtime.host.instance;

import io.gyre.model.ContentRef;
import io.gyre.model.Contents;
import io.gyre.model.DeploymentSpec;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where each variable of an instance comes from. Entries taken as a whole come first, a later one
 * wins; then what is written, which wins over all.
 */
final class EnvironmentPlan {
  private EnvironmentPlan() {}

  /** Of a variable. */
  sealed interface Origin {
    /** Written in the manifest. */
    record Text(String value) implements Origin {}

    /**
     * An entry of a config or secret.
     *
     * @param key null: the only one
     */
    record Entry(ContentRef content, @Nullable String key) implements Origin {}
  }

  /**
   * By name of the variable.
   *
   * @param keysOf the keys of a config or secret
   */
  static Map<String, Origin> of(
      DeploymentSpec spec, Function<ContentRef, Collection<String>> keysOf) {
    Map<String, Origin> origins = new TreeMap<>();
    for (Contents.All all : spec.contents().environmentFrom()) {
      keysOf
          .apply(all.content())
          .forEach(key -> origins.put(all.prefix() + key, new Origin.Entry(all.content(), key)));
    }
    spec.environment().forEach((name, value) -> origins.put(name, new Origin.Text(value)));
    spec.contents()
        .environment()
        .forEach(
            (name, entry) -> origins.put(name, new Origin.Entry(entry.content(), entry.key())));
    return origins;
  }
}
